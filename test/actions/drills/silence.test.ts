import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { drilledIn } from '#actions/drills/result.ts';
import type { Sealing } from '#backups/open-sealed.ts';
import { type PostgresPrograms, postgresPrograms } from '#backups/programs.ts';
import type { JsonObject } from '#ledger/canonical.ts';
import type { PodServer } from '#sandbox/kubernetes/types.ts';
import type { Login } from '#sandbox/sql.ts';
import { programsEnv } from '../../backup-programs.ts';
import { aBackup, type Keys, sealingKeys } from '../../backups/world.ts';
import { startTestPostgres, type TestPostgres } from '../../servers.ts';
import { as, databaseFacts, dumpOf, files, makeLogins, makeShop, type Series } from '../recovery/shop.ts';
import { channels, type Listeners, pointAt, startListeners } from './listeners.ts';
import { aDrillingEstate, namespace, startCluster } from './place.ts';

const script = resolve('test/actions/drills/children/odoo-like.ts');

let keys: Keys;
let programs: Sealing['programs'];
let postgres: PostgresPrograms;
let server: TestPostgres;
let listeners: Listeners;
let cluster: Awaited<ReturnType<typeof startCluster>>;
/** What each pod of a drill tried to send, by channel. */
let served: Readonly<Record<string, number>>[] = [];

beforeAll(async () => {
  ({ keys, programs } = await sealingKeys());
  server = await startTestPostgres();
  const major = Number.parseInt(server.version, 10);
  const env = await programsEnv(major);
  process.env['PATH'] = env['PATH'];
  postgres = await postgresPrograms(major, env);
  await makeLogins(server);
  listeners = await startListeners();
  cluster = await startCluster(server, sendingPods);
}, 120_000);
afterAll(async () => {
  await cluster?.close();
  await listeners?.close();
  await server?.stop();
});

/** A shop whose mails, jobs, payments, webhooks and crons all lead to the listeners, and are all due. */
async function aShop(series: Series) {
  const database = `shop_${series}`;
  await makeShop(server, database, series);
  await server.sql(database, pointAt(listeners, series));
  return { database, dump: dumpOf(server, postgres, database), facts: await databaseFacts(server, postgres, database) };
}

interface Sent {
  readonly tried: Readonly<Record<string, number>>;
}

/** The sender, on that database as that login. */
async function send(login: Login, database: string): Promise<Sent> {
  const sending = startSender(login, database, []);
  const [line] = await once(createInterface(sending.stdout), 'line');
  await once(sending, 'exit');
  return JSON.parse(String(line));
}

function startSender({ host, port, user, password }: Login, database: string, more: readonly string[]) {
  const env = { ...process.env, HOST: host, PORT: String(port), USER: user, PASSWORD: password };
  return spawn(process.execPath, [script, database, ...more], {
    env: { ...env, MAIL_PORT: String(listeners.ports.mail) },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
}

/** The pods of a drill run the sender, in place of an Odoo. */
const sendingPods: PodServer = {
  takes: () => true,
  async start(pod, { HOST = '', PORT = '', USER = '', PASSWORD = '' }) {
    const { containers } = pod.spec as { readonly containers: readonly { readonly args: readonly string[] }[] };
    const login = { host: HOST, port: Number(PORT), user: USER, password: PASSWORD };
    const child = startSender(login, containers[0]?.args[1] ?? '', ['serve']);
    const [line] = await once(createInterface(child.stdout), 'line');
    const { tried, port } = JSON.parse(String(line)) as Sent & { readonly port: number };
    served.push(tried);
    return {
      ports: new Map([[8069, port]]),
      log: () => [],
      close: async () => {
        child.stdin.end();
        await once(child, 'exit');
      },
    };
  },
};

/** Enters every database that is there as production's own role, as its cron pod does, and says which of till's it came into. */
function productionCron() {
  const entered = new Set<string>();
  const seen = new Set<string>();
  let isOver = false;
  const looking = (async () => {
    while (!isOver) {
      const rows = await server.sql('postgres', "SELECT datname FROM pg_database WHERE datname LIKE 'till\\_%'");
      for (const { datname } of rows) {
        seen.add(String(datname));
        const client = new Client({ ...as(server, 'odoo'), database: String(datname) });
        client.on('error', () => undefined);
        await client.connect().then(
          () => entered.add(String(datname)),
          () => undefined,
        );
        await client.end().catch(() => undefined);
      }
    }
  })();
  return {
    async over() {
      isOver = true;
      await looking;
      return { seen: [...seen], entered: [...entered] };
    },
  };
}

const nobody = Object.fromEntries(channels.map((channel) => [channel, 0]));

describe.each([15, 17, 19] as const)('a drill of an Odoo %i', (series) => {
  it('sends no mail, webhook, payment, job or scheduled action, though an Odoo runs on it', async () => {
    const { database, dump, facts } = await aShop(series);
    const { kubernetes } = cluster;
    const made = await aDrillingEstate(server, keys, { kubernetes, image: `odoo:${series}.0` });
    await aBackup(made.store, keys, programs, { at: Date.now(), dump, files, ...facts });
    // The listeners do hear: the same sender on a copy that nobody has neutralised.
    await server.sql('postgres', `CREATE DATABASE "${database}_copy" TEMPLATE "${database}" OWNER odoo`);
    onTestFinished(async () => void (await server.sql('postgres', `DROP DATABASE "${database}_copy" WITH (FORCE)`)));
    const live = await send(as(server, 'odoo'), `${database}_copy`);
    const reached = listeners.heard();
    for (const channel of channels) {
      expect([channel, reached[channel]]).toEqual([channel, live.tried[channel] ?? 0]);
      expect([channel, reached[channel] > 0]).toEqual([channel, true]);
    }

    served = [];
    const cron = productionCron();
    const outcome = await made.acting.perform('drill', { kind: 'restore' }, 'maple-toys');
    const { seen, entered } = await cron.over();
    expect(outcome).toMatchObject({ status: 'ok', message: expect.stringContaining('was served') });
    expect(listeners.heard()).toEqual(nobody);
    // It did run, on that database, and what it tried ended nowhere.
    expect(served).toHaveLength(1);
    expect(Object.keys(served[0] ?? {}).filter((channel) => channel !== 'mail')).toEqual([]);
    // Production's own role saw it come and go, and never came in.
    expect(seen).toHaveLength(1);
    expect(entered).toEqual([]);
    const details = (await made.acting.entries({ phase: 'step' })).at(-1)?.params['details'];
    expect(drilledIn((details ?? {}) as JsonObject)?.checks).toContainEqual({
      ...{ check: 'clean-up', status: 'ok' },
      message: expect.stringContaining('the pod and its network policy'),
    });
    expect([...kubernetes.list('Pod', namespace), ...kubernetes.list('NetworkPolicy', namespace)]).toEqual([]);
  }, 60_000);
});
