import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drilledNow } from '#actions/drills/drilled-now.ts';
import { plannedIn } from '#actions/drills/planned.ts';
import { rehearse } from '#actions/drills/rehearse.ts';
import type { Drilled } from '#actions/drills/result.ts';
import { readCatalogue } from '#backups/catalogue.ts';
import { odooPods } from '#sandbox/front/serving.ts';
import { aBackup } from '../../backups/world.ts';
import { files, type Shop, startShop } from '../recovery/shop.ts';
import { anOperation } from '../recovery/world.ts';
import { aDrillingEstate, namespace, startCluster } from './place.ts';

let keys: Shop['keys'];
let programs: Shop['programs'];
let server: Shop['server'];
let cluster: Awaited<ReturnType<typeof startCluster>>;
let dump: Buffer;
let facts: Shop['facts'];

beforeAll(async () => {
  ({ keys, programs, server, dump, facts } = await startShop('maple_toys'));
  cluster = await startCluster(server, odooPods());
}, 120_000);
afterAll(async () => {
  await cluster?.close();
  await server?.stop();
});

const kind = 'restore';

async function aWorld({ secret = 'recovery' } = {}) {
  const made = await aDrillingEstate(server, keys, { kubernetes: cluster.kubernetes, image: 'odoo:17.0' });
  Object.assign(made.acting.context.estate.backups?.recovery?.serve ?? {}, { secret });
  await aBackup(made.store, keys, programs, { at: Date.now(), dump, files, ...facts });
  return made;
}
type World = Awaited<ReturnType<typeof aWorld>>;

const told = async ({ acting }: World): Promise<Drilled | undefined> =>
  (await drilledNow('maple-toys', acting.context))?.drilled;

const check = (drilled: Drilled | undefined, name: string) => drilled?.checks.find((one) => one.check === name);

async function left({ recovered }: World) {
  const rows = await server.sql('postgres', "SELECT datname FROM pg_database WHERE datname LIKE 'till\\_%'");
  const { kubernetes } = cluster;
  return {
    databases: rows.length,
    folders: (await readdir(recovered)).length,
    objects: kubernetes.list('Pod', namespace).length + kubernetes.list('NetworkPolicy', namespace).length,
  };
}
const nothing = { databases: 0, folders: 0, objects: 0 };

async function newest({ store }: World) {
  const kept = { read: async () => undefined, write: async () => undefined };
  const { backups } = await readCatalogue({ store, kept, trusted: [] });
  return backups[0];
}

describe('a drill that does not go well', () => {
  it('fails where nothing can serve it, says nothing against the backup, and leaves nothing', async () => {
    const world = await aWorld({ secret: 'gone' });
    const outcome = await world.acting.perform('drill', { kind }, 'maple-toys');
    expect(outcome).toMatchObject({ status: 'failed', message: expect.stringContaining('secret "gone" not found') });
    expect(await told(world)).toMatchObject({ status: 'failed', level: 'restored', rto: null });
    expect(await newest(world)).toMatchObject({ level: 'restored', failed: null });
    expect(await left(world)).toEqual(nothing);
  }, 60_000);

  it('fails where its evidence cannot be kept, and leaves nothing', async () => {
    const world = await aWorld();
    await rm(join(world.folder, 'store', 'proofs'), { recursive: true, force: true });
    await writeFile(join(world.folder, 'store', 'proofs'), 'in the way');
    const outcome = await world.acting.perform('drill', { kind }, 'maple-toys');
    expect(outcome?.status).not.toBe('ok');
    expect(check(await told(world), 'proof')).toMatchObject({ status: 'failed' });
    expect(await left(world)).toEqual(nothing);
  }, 60_000);

  it('fails where what it made does not go, though all else was well', async () => {
    const world = await aWorld();
    const { acting } = world;
    const { plan } = await acting.plan('drill', { kind }, 'maple-toys');
    const { store: _store, ...planned } = plannedIn(plan);
    const serve = acting.context.estate.backups?.recovery?.serve ?? null;
    const operation = anOperation('drill');
    // The cluster is away from the moment at which the drill has been served.
    let isAway = false;
    const stubborn: typeof world.world = {
      ...world.world,
      progress: ({ words }) => {
        isAway ||= words.startsWith('clearing away');
      },
      cluster: (name) => (isAway ? Promise.reject(new Error('no way there')) : world.world.cluster(name)),
    };
    const drilled = await rehearse({ ...planned, serve, store: world.store }, operation, stubborn);
    expect(drilled).toMatchObject({ status: 'failed', level: 'served' });
    expect(check(drilled, 'clean-up')).toMatchObject({ status: 'failed', message: 'no way there' });
    // The database and its files went all the same.
    expect(await left(world)).toEqual({ databases: 0, folders: 0, objects: 2 });
    for (const { kind: one, metadata } of [
      ...cluster.kubernetes.list('Pod', namespace),
      ...cluster.kubernetes.list('NetworkPolicy', namespace),
    ]) {
      cluster.kubernetes.remove({ kind: one, name: metadata.name, namespace });
    }
  }, 60_000);

  it.each(['restoring', 'neutralising', 'serving', 'asking for'])(
    'clears everything away when it is stopped while it is %s',
    async (when) => {
      const world = await aWorld();
      const { plan } = await world.acting.plan('drill', { kind }, 'maple-toys');
      const { store: _store, ...planned } = plannedIn(plan);
      const serve = world.acting.context.estate.backups?.recovery?.serve ?? null;
      const stopping: typeof world.world = {
        ...world.world,
        progress: ({ words }) => {
          if (words.startsWith(when)) {
            world.stop.abort();
          }
        },
      };
      const drilling = rehearse({ ...planned, serve, store: world.store }, anOperation('drill'), stopping);
      await expect(drilling).rejects.toMatchObject({ certainty: 'refused', code: 'stopped' });
      expect(await left(world)).toEqual(nothing);
    },
    60_000,
  );

  it('is refused by its plan where files have no folder to go to', async () => {
    const world = await aWorld();
    await rm(world.recovered, { recursive: true });
    const { plan } = await world.acting.plan('drill', { kind }, 'maple-toys');
    expect(plan.blockers).toMatchObject([
      { by: world.recovered, reason: expect.stringContaining('cannot be restored') },
    ]);
    await mkdir(world.recovered);
    expect((await world.acting.plan('drill', { kind }, 'maple-toys')).plan.blockers).toEqual([]);
  }, 60_000);
});
