import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Client } from 'pg';
import { type ActContext, openContext } from '#actions/context.ts';
import type { Estate } from '#estate/estate.ts';
import { findEstate } from '#estate/find.ts';
import type { LedgerEntry } from '#ledger/entry.ts';
import type { Filter } from '#ledger/query.ts';
import { startPrivateSandbox } from '#sandbox/private.ts';
import { systemClock } from '#text/clock.ts';
import { type Finished, newcomer, type Person } from '../journeys/program.ts';

export const tenant = 'maple-toys';
const database = 'maple_toys';

/** A sandbox of three tenants and somebody who acts on it: real processes, a real PostgreSQL, the sandbox's Kubernetes. */
export interface World {
  readonly person: Person;
  readonly estatePath: string;
  readonly estate: Estate;
  /** `till WORDS… --estate=…`, the built program. */
  run(...words: readonly string[]): Promise<Finished>;
  /** What this test's own process sees of the estate and its ledger, as that person. */
  context(): ActContext;
  /** Everything that the ledger holds, oldest first. */
  entries(filter?: Filter): Promise<readonly LedgerEntry[]>;
  deployment(name?: string): Promise<Deployment>;
  /** Somebody else's session in the tenant's database, in the middle of a transaction. */
  session(): Promise<{ readonly pid: number; isThere(): Promise<boolean>; end(): Promise<void> }>;
  sql(text: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  close(): Promise<void>;
}

interface Deployment {
  readonly metadata: { readonly generation: number; readonly managedFields?: readonly { readonly manager: string }[] };
  readonly spec: { readonly replicas: number };
}

export async function startWorld({ tenants = 3 }: { readonly tenants?: number } = {}): Promise<World> {
  const sandbox = await startPrivateSandbox({ progress: () => undefined, tenants, entry: resolve('bin/till.js') });
  const { estatePath } = sandbox;
  const person = newcomer();
  const estate = await findEstate({ named: estatePath, env: person.env, folder: person.home });
  const contexts: ActContext[] = [];
  const context = () => {
    const opened = openContext({
      ...{ estate, clock: systemClock, env: person.env, write: false },
      ...{ tenants: [], statuses: [] },
    });
    contexts.push(opened);
    return opened;
  };
  const eyes = context();
  const { host = '', port = 0 } = estate.postgres['pg-1'] ?? {};
  const password = (await readFile(join(dirname(estatePath), 'superuser.password'), 'utf8')).trim();
  const clients: Client[] = [];
  const connect = async (as: { readonly user: string; readonly password: string }): Promise<Client> => {
    const client = new Client({ host, port, ...as, database, application_name: 'odoo' });
    client.on('error', () => undefined);
    await client.connect();
    clients.push(client);
    return client;
  };
  const root = await connect({ user: 'postgres', password });
  await root.query("CREATE ROLE shop LOGIN PASSWORD 'shop'");
  return {
    ...{ person, estatePath, estate, context },
    run: (...words) => person.run(...words, `--estate=${estatePath}`),
    async entries(filter = {}) {
      const found: LedgerEntry[] = [];
      for await (const entry of eyes.ledger.entries(filter)) {
        found.push(entry);
      }
      return found;
    },
    async deployment(name = tenant) {
      const cluster = await eyes.cluster('sandbox');
      return (await cluster.get(`/apis/apps/v1/namespaces/${name}/deployments/odoo-web`)) as Deployment;
    },
    async session() {
      const client = await connect({ user: 'shop', password: 'shop' });
      const { rows } = await client
        .query<{ pid: number }>('BEGIN; SELECT 1')
        .then(() => client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid'));
      const pid = rows[0]?.pid ?? 0;
      return {
        pid,
        isThere: async () =>
          (await root.query('SELECT 1 FROM pg_stat_activity WHERE pid = $1', [pid])).rows.length === 1,
        end: async () => void (await client.end().catch(() => undefined)),
      };
    },
    sql: async (text) => (await root.query(text)).rows,
    async close() {
      await Promise.all(clients.map((client) => client.end().catch(() => undefined)));
      await Promise.all(contexts.map((opened) => opened.close()));
      await sandbox.close();
      person.leave();
    },
  };
}

export interface Died {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly err: string;
}

/** Runs a test's child script to its end, however it ends. */
export function runChild(
  script: string,
  words: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Died> {
  const child = spawn(process.execPath, [script, ...words], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  const { promise, resolve: settle, reject } = Promise.withResolvers<Died>();
  let err = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  child.on('error', reject);
  // Not `close`: a worker that goes on may hold the pipe.
  child.on('exit', (code, signal) => settle({ code, signal, err }));
  return promise;
}
