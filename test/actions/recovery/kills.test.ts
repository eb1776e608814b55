import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { reconcile } from '#actions/reconcile.ts';
import { remainsOf } from '#backups/leftovers.ts';
import { aBackup } from '../../backups/world.ts';
import { runChild } from '../world.ts';
import { files, ordersSql, type Shop, startShop, sumsOf } from './shop.ts';
import { anEstateOn } from './world.ts';

const script = fileURLToPath(new URL('./children/dies.ts', import.meta.url));
const swapped = ['^ALTER DATABASE "maple_toys" RENAME', '^ALTER DATABASE "copy" RENAME'];

// Each restores, kills, and restores or swaps again, in processes of their own.
vi.setConfig({ testTimeout: 120_000 });

let keys: Shop['keys'];
let programs: Shop['programs'];
let server: Shop['server'];
let dump: Buffer;
let facts: Shop['facts'];
let live: Awaited<ReturnType<typeof sumsOf>>;

beforeAll(async () => {
  ({ keys, programs, server, dump, facts } = await startShop('seed'));
}, 120_000);
afterAll(() => server?.stop());

beforeEach(async () => {
  await server.sql('postgres', 'CREATE DATABASE maple_toys TEMPLATE seed OWNER odoo');
  await server.sql('maple_toys', ordersSql(17, 401, 402));
  live = await sumsOf(server, 'maple_toys');
});
afterEach(async () => {
  for (const name of await databases()) {
    await server.sql('postgres', `DROP DATABASE "${name}" WITH (FORCE)`);
  }
});

async function databases(): Promise<readonly string[]> {
  const rows = await server.sql(
    'postgres',
    `SELECT datname FROM pg_database WHERE datname NOT IN ('seed', 'postgres') AND NOT datistemplate ORDER BY 1`,
  );
  return rows.map(({ datname }) => String(datname));
}

async function aWorld() {
  const made = await anEstateOn(server, keys);
  await aBackup(made.store, keys, programs, { at: Date.now(), dump, files, ...facts });
  return made;
}
type World = Awaited<ReturnType<typeof aWorld>>;

/** Begins it, lets its worker die there, and says what the next start finds. */
async function killed(
  { acting }: World,
  given: Parameters<World['acting']['plan']>[1],
  at: readonly string[],
  how: string,
) {
  const begun = await acting.begin(await acting.plan('restore', given, 'maple-toys'));
  const died = await runChild(script, [begun.operation], {
    ...acting.env,
    ...{ PATH: process.env['PATH'] ?? '', DIES_ESTATE: JSON.stringify(acting.context.estate) },
    ...{ DIES_AT: JSON.stringify(at), DIES_HOW: how },
  });
  expect(died).toMatchObject({ signal: 'SIGKILL' });
  const [end] = await reconcile(acting.context, begun.operation);
  return { operation: begun.operation, end: end?.status };
}

/** As the next start names them. */
async function remains() {
  const rows = await server.sql(
    'postgres',
    `SELECT datname, shobj_description(oid, 'pg_database') AS comment FROM pg_database WHERE NOT datistemplate`,
  );
  const found = rows.map(({ datname, comment }) => ({
    ...{ server: 'pg-1', name: String(datname), size: null },
    comment: typeof comment === 'string' ? comment : null,
  }));
  const tenants = [{ name: 'maple-toys', postgres: 'pg-1' }];
  return remainsOf({ databases: found, folders: [], servers: ['pg-1'], tenants }, new Set());
}

async function liveIsAsItWas(): Promise<void> {
  const client = new Client({
    host: server.host,
    port: server.port,
    user: 'odoo',
    password: 'odoo',
    database: 'maple_toys',
  });
  await client.connect();
  await client.end();
  expect(await sumsOf(server, 'maple_toys')).toEqual(live);
}

describe('kill -9 of a restore’s worker', () => {
  it.each([
    ['before the database is made', ['^CREATE DATABASE'], 'before', 'absent', []],
    ['before it says whose it is', ['^CREATE DATABASE'], 'after', 'indeterminate', ['unmarked']],
    ['before the dump goes in', ['^COMMENT ON DATABASE'], 'after', 'indeterminate', ['scratch']],
    ['while the dump goes in', ['pg_restore'], 'after', 'indeterminate', ['scratch']],
    ['while it is neutralised', ['INSERT INTO till_neutralised'], 'after', 'indeterminate', ['scratch']],
    ['while it is checked', ['^ANALYZE'], 'after', 'indeterminate', ['scratch']],
    ['before it has its name for good', ['RENAME TO "copy"', '^COMMIT'], 'before', 'indeterminate', ['scratch']],
    ['once it has its name', ['RENAME TO "copy"', '^COMMIT'], 'after', 'applied', ['restored']],
  ] as const)(
    '%s: the live one is as it was, and what is left is named and dropped',
    async (_words, at, how, end, kinds) => {
      const world = await aWorld();
      const died = await killed(world, { from: 'latest', into: 'copy' }, at, how);
      expect(died.end).toBe(end);
      await liveIsAsItWas();
      const left = await remains();
      expect(left.map(({ kind }) => kind)).toEqual(kinds);
      const [first] = left;
      if (first !== undefined && first.kind !== 'unmarked') {
        expect(first.remove).toBe(`till restore maple-toys --drop ${first.name}`);
        expect(await world.acting.perform('restore', { drop: first.name }, 'maple-toys')).toMatchObject({
          status: 'ok',
        });
        expect(await databases()).toEqual(['maple_toys']);
        expect(await readdir(world.filestores)).toEqual(['maple_toys']);
      }
    },
  );
});

describe('kill -9 of a swap’s worker', () => {
  it.each([
    ['while objects change hands', ['OWNER TO "odoo"'], 'after'],
    ['while originals are brought back', ['^DROP SCHEMA till_neutralised'], 'before'],
    ['once it could send mail', ['^DROP SCHEMA till_neutralised', '^COMMIT'], 'after'],
    ['between the two renames', swapped.slice(0, 1), 'after'],
    ['after both', swapped, 'after'],
    ['before its end', [...swapped, '^COMMIT'], 'before'],
  ] as const)('%s: the live one is as it was, and the swap can be done anew', async (_words, at, how) => {
    const world = await aWorld();
    expect(await world.acting.perform('restore', { from: 'latest', into: 'copy' }, 'maple-toys')).toMatchObject({
      status: 'ok',
    });
    expect((await killed(world, { swap: 'copy' }, at, how)).end).toBe('absent');
    await liveIsAsItWas();
    expect((await remains()).map(({ kind, name }) => [kind, name])).toEqual([['restored', 'copy']]);

    expect(await world.acting.perform('restore', { swap: 'copy' }, 'maple-toys')).toMatchObject({ status: 'ok' });
    const [now, seed] = [await sumsOf(server, 'maple_toys'), await sumsOf(server, 'seed')];
    expect(Object.keys(seed).filter((name) => seed[name] !== now[name])).toEqual([
      'public.mail_mail',
      'public.queue_job',
    ]);
  });

  it('after its end: it is swapped, and is found to be', async () => {
    const world = await aWorld();
    expect(await world.acting.perform('restore', { from: 'latest', into: 'copy' }, 'maple-toys')).toMatchObject({
      status: 'ok',
    });
    expect((await killed(world, { swap: 'copy' }, [...swapped, '^COMMIT'], 'after')).end).toBe('applied');
    const [kept] = await remains();
    expect(kept).toMatchObject({ kind: 'kept', tenant: 'maple-toys' });
    await server.sql('postgres', `ALTER DATABASE "${kept?.name}" ALLOW_CONNECTIONS true`);
    expect(await sumsOf(server, kept?.name ?? '')).toEqual(live);
  });
});
