import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { PodListener, PodServer, StoredObject } from '../kubernetes/types.ts';
import type { Login } from '../sql.ts';
import type { SandboxTenant } from '../tenants.ts';
import { odooAnswer } from './answer.ts';
import { tenantDatabases } from './databases.ts';

interface Container {
  readonly image: string;
  readonly args?: readonly string[];
  readonly ports?: readonly { readonly containerPort: number }[];
}

/** Pods that run one Odoo for one database, as a drill makes them: each is an HTTP server of its own that answers from that database. */
export function odooPods(): PodServer {
  return {
    takes: (pod) => isOdooImage(containerOf(pod).image) && databaseOf(pod) !== null,
    start: (pod, environment) => startOdoo(pod, environment),
  };
}

async function startOdoo(pod: StoredObject, environment: Readonly<Record<string, string>>): Promise<PodListener> {
  const { image, ports = [] } = containerOf(pod);
  const database = databaseOf(pod) ?? '';
  const series = seriesOf(image);
  const lines: { readonly at: number; readonly text: string }[] = [];
  const log = (level: string, words: string) => {
    const now = new Date();
    const at = now.toISOString().replace('T', ' ').replace('Z', '').replace('.', ',');
    lines.push({ at: now.getTime(), text: `${at} 1 ${level} ${database} ${words}` });
  };
  log('INFO', `odoo: Odoo version ${series}.0`);
  const databases = await tenantDatabases(loginIn(environment));
  let isLoaded = false;
  const server = createServer(async (request, response) => {
    request.resume();
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://odoo');
    const asked = { method: request.method ?? 'GET', path: pathname, query: searchParams };
    if (!isLoaded && pathname === '/web/login') {
      isLoaded = await loadRegistry(databases.loginFacts(database), series, log);
    }
    const { status, headers, body } = await odooAnswer({ ...asked, tenant: { database, series } }, databases);
    response.writeHead(status, headers).end(asked.method === 'HEAD' ? undefined : body);
    log('INFO', `werkzeug: "${asked.method} ${pathname} HTTP/1.1" ${status} -`);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    ports: new Map((ports.length === 0 ? [{ containerPort: 8069 }] : ports).map((one) => [one.containerPort, port])),
    log: () => lines,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await databases.close();
    },
  };
}

/** What Odoo says when a database is asked for the first time (facts: odoo.md §2.2, §2.4). */
async function loadRegistry(
  facts: Promise<{ readonly baseVersion: string }>,
  series: number,
  log: (level: string, words: string) => void,
): Promise<boolean> {
  try {
    const { baseVersion } = await facts;
    if (baseVersion !== '' && Number.parseInt(baseVersion, 10) !== series) {
      log('ERROR', `odoo.modules.loading: its base version is ${baseVersion}, not ${series}.0`);
    }
    log('INFO', 'odoo.modules.registry: Registry loaded');
    return true;
  } catch (error) {
    log('ERROR', `odoo.sql_db: ${error instanceof Error ? error.message : String(error)}`);
    return false;
  }
}

function containerOf({ spec }: StoredObject): Container {
  const { containers } = (spec ?? {}) as { readonly containers?: readonly Container[] };
  return containers?.[0] ?? { image: '' };
}

function isOdooImage(image: string): boolean {
  return /(?:^|[/-])odoo(?:[-:@]|$)/.test(image);
}

/** `-d NAME` or `--database=NAME`: without it, the front of everybody answers. */
function databaseOf(pod: StoredObject): string | null {
  const { args = [] } = containerOf(pod);
  const at = args.findIndex((arg) => arg === '-d' || arg === '--database');
  return at >= 0 ? (args[at + 1] ?? null) : (args.find((arg) => arg.startsWith('--database='))?.slice(11) ?? null);
}

function seriesOf(image: string): SandboxTenant['series'] {
  const series = Number(/:(\d+)/.exec(image)?.[1]);
  return ([15, 16, 17, 18, 19] as const).find((known) => known === series) ?? 17;
}

function loginIn({ HOST = '127.0.0.1', PORT = '5432', USER = 'odoo', PASSWORD = '' }: Record<string, string>): Login {
  return { host: HOST, port: Number(PORT), user: USER, password: PASSWORD };
}
