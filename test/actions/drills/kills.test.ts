import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { drillsPicture } from '#actions/drills/picture.ts';
import { reconcile } from '#actions/reconcile.ts';
import { scratchName } from '#backups/database-mark.ts';
import { odooPods } from '#sandbox/front/serving.ts';
import { systemClock } from '#text/clock.ts';
import { aBackup } from '../../backups/world.ts';
import { files, type Shop, startShop, sumsOf } from '../recovery/shop.ts';
import { aDrillingEstate, namespace, startCluster } from './place.ts';

const script = fileURLToPath(new URL('../recovery/children/dies.ts', import.meta.url));

let keys: Shop['keys'];
let programs: Shop['programs'];
let server: Shop['server'];
let cluster: Awaited<ReturnType<typeof startCluster>>;
let dump: Buffer;
let facts: Shop['facts'];
let live: Awaited<ReturnType<typeof sumsOf>>;

beforeAll(async () => {
  ({ keys, programs, server, dump, facts } = await startShop('maple_toys'));
  live = await sumsOf(server, 'maple_toys');
  cluster = await startCluster(server, odooPods());
}, 120_000);
afterAll(async () => {
  await cluster?.close();
  await server?.stop();
});

const kind = 'restore';

async function aWorld() {
  const made = await aDrillingEstate(server, keys, { kubernetes: cluster.kubernetes, image: 'odoo:17.0' });
  await aBackup(made.store, keys, programs, { at: Date.now(), dump, files, ...facts });
  return made;
}
type World = Awaited<ReturnType<typeof aWorld>>;

/** A worker in a process of its own; it dies by itself at that statement, or when whoever called says so. */
function worker({ acting }: World, operation: string, at: readonly string[] = ['never'], how = 'before') {
  const env = {
    ...acting.env,
    ...{ PATH: process.env['PATH'] ?? '', DIES_ESTATE: JSON.stringify(acting.context.estate) },
    ...{ DIES_AT: JSON.stringify(at), DIES_HOW: how },
  };
  return spawn(process.execPath, [script, operation], { env, stdio: 'inherit' });
}

async function begun(world: World): Promise<string> {
  const { operation } = await world.acting.begin(await world.acting.plan('drill', { kind }, 'maple-toys'));
  return operation;
}

async function scratch(): Promise<readonly string[]> {
  const rows = await server.sql('postgres', "SELECT datname FROM pg_database WHERE datname LIKE 'till\\_%' ORDER BY 1");
  return rows.map(({ datname }) => String(datname));
}

function objects(): readonly string[] {
  const { kubernetes } = cluster;
  const all = [...kubernetes.list('Pod', namespace), ...kubernetes.list('NetworkPolicy', namespace)];
  return all.map((object) => `${object.kind} ${object.metadata.name}`);
}

function rowsOf({ acting: { context, env } }: World) {
  const { estate, tenants } = context;
  return drillsPicture({ estate, tenants, clock: systemClock, env }, tenants);
}

/** What the killed one left is named by the next plan, and cleared by the next drill, which goes well. */
async function nextOneClears(world: World, operation: string, leaves: boolean): Promise<void> {
  const { plan } = await world.acting.plan('drill', { kind }, 'maple-toys');
  const named = plan.warnings.filter((line) => line.startsWith(`drill ${operation} left`));
  expect(named).toHaveLength(leaves ? 1 : 0);
  expect(await world.acting.perform('drill', { kind }, 'maple-toys')).toMatchObject({ status: 'ok' });
  expect({ databases: await scratch(), folders: await readdir(world.recovered), objects: objects() }).toEqual({
    ...{ databases: [], folders: [], objects: [] },
  });
  expect(await sumsOf(server, 'maple_toys')).toEqual(live);
}

describe('kill -9 of a drill’s worker', () => {
  it.each([
    ['before the database is made', ['^CREATE DATABASE'], 'before', 'absent', false, 'failed'],
    ['before the dump goes in', ['^COMMENT ON DATABASE'], 'after', 'indeterminate', true, 'unknown'],
    ['while the dump goes in', ['pg_restore'], 'after', 'indeterminate', true, 'unknown'],
    ['while it is neutralised', ['INSERT INTO till_neutralised'], 'after', 'indeterminate', true, 'unknown'],
    ['while it is checked', ['^ANALYZE'], 'after', 'indeterminate', true, 'unknown'],
    ['when it is proven, before it is cleared away', ['^DROP DATABASE'], 'before', 'applied', true, 'unknown'],
    ['when it is proven, and its database dropped', ['^DROP DATABASE'], 'after', 'applied', true, 'unknown'],
  ] as const)(
    '%s leaves nothing that the next drill does not find and clear',
    async (_when, at, how, end, leaves, status) => {
      const world = await aWorld();
      const operation = await begun(world);
      const child = worker(world, operation, at, how);
      const [, signal] = await once(child, 'exit');
      expect(signal).toBe('SIGKILL');
      expect(await reconcile(world.acting.context, operation)).toMatchObject([{ operation, status: end }]);
      const [row] = (await rowsOf(world)).rows;
      expect(row).toMatchObject({ operation, tenant: 'maple-toys', status });
      // What was proven before the kill is proven.
      expect(row?.level).toBe(end === 'applied' ? 'served' : null);
      await nextOneClears(world, operation, leaves);
    },
    90_000,
  );

  it('while it serves leaves a pod behind its closed network, which the next drill finds and clears', async () => {
    const world = await aWorld();
    const operation = await begun(world);
    const child = worker(world, operation);
    const ended = once(child, 'exit');
    await vi.waitUntil(() => objects().some((name) => name.startsWith('Pod')), { timeout: 30_000, interval: 5 });
    child.kill('SIGKILL');
    await ended;
    expect(objects()).toEqual([`Pod till-${operation.toLowerCase()}`, `NetworkPolicy till-${operation.toLowerCase()}`]);
    expect(await scratch()).toEqual([scratchName(operation)]);
    expect(await reconcile(world.acting.context, operation)).toMatchObject([{ operation, status: 'indeterminate' }]);
    await nextOneClears(world, operation, true);
  }, 90_000);

  it('before its database says whose it is leaves one that is named, and that no drill drops', async () => {
    const world = await aWorld();
    const operation = await begun(world);
    await once(worker(world, operation, ['^CREATE DATABASE'], 'after'), 'exit');
    await reconcile(world.acting.context, operation);
    const outcome = await world.acting.perform('drill', { kind }, 'maple-toys');
    expect(outcome).toMatchObject({ status: 'ok', message: expect.stringContaining('not done: leftovers') });
    expect(await scratch()).toEqual([scratchName(operation)]);
    await server.sql('postgres', `DROP DATABASE "${scratchName(operation)}"`);
  }, 90_000);
});
