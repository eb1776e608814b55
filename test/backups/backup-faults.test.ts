import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseKey } from '#backups/layout.ts';
import type { FilestoreAsked } from '#backups/packing/back-up.ts';
import { folderSource } from '#backups/packing/folder-source.ts';
import type { BackupRequest, Hearing } from '#backups/write/backup.ts';
import type { ObjectStore } from '#systems/storage/store.ts';
import { WriteFailure } from '#systems/write-failure.ts';
import { aFolderStore, anS3Store, keysOf, operation } from '../systems/storage/world.ts';
import {
  aFilestore,
  aScript,
  database,
  deaf,
  flawsOf,
  listed,
  make,
  nameFiles,
  operationAt,
  startWorks,
  type Works,
} from './backing-up.ts';
import { pathOf } from './world.ts';

let works: Works;
beforeAll(async () => {
  works = await startWorks({ rows: 100_000 });
}, 120_000);
afterAll(() => works?.server.stop());

/** Small parts, so that there are many. */
const small = { partSize: 100_000 } as const;

/** The store, but for what a test lets go wrong with it. */
function over(store: ObjectStore, wrong: Partial<ObjectStore>): ObjectStore {
  return {
    name: store.name,
    list: (...given) => store.list(...given),
    head: (...given) => store.head(...given),
    read: (...given) => store.read(...given),
    put: (...given) => store.put(...given),
    upload: (...given) => store.upload(...given),
    remove: (...given) => store.remove(...given),
    leftovers: (...given) => store.leftovers(...given),
    discard: (...given) => store.discard(...given),
    close: () => store.close(),
    ...wrong,
  };
}

async function nothingIn(store: ObjectStore): Promise<void> {
  expect((await listed(store)).backups).toEqual([]);
  expect(await keysOf(store)).toEqual([]);
  expect(await store.leftovers('')).toEqual([]);
}

/** The real program, which comes no further than so many bytes of its input. */
const dying = (program: string, bytes: number, how: string) => aScript(`head -c ${bytes} | ${program} "$@"\n${how}`);

function asked(path: string, more: Partial<FilestoreAsked> = {}): FilestoreAsked {
  return {
    ...{
      source: folderSource(path),
      earlier: [],
      programs: works.programs,
      identity: works.keys.identity,
      folder: null,
    },
    keep: async () => undefined,
    ...more,
  };
}

describe('a program of the chain that dies', () => {
  it.each(['kill -9 $$', 'exit 3'])('zstd in the middle (%s): no backup, and nothing left', async (how) => {
    const { store } = await aFolderStore();
    const path = await dying(works.programs.zstd.path, 300_000, how);
    const sealer = {
      programs: { ...works.programs, zstd: { path, version: '1' } },
      recipients: [works.keys.recipient],
    };
    await expect(make(works, store, { ...small, sealer })).rejects.toMatchObject({
      certainty: 'refused',
      message: expect.stringMatching(/^script (was ended by SIGKILL|ended with 3)/),
    });
    await nothingIn(store);
  });

  it.each(['kill -9 $$', 'exit 3'])('age in the middle (%s): no backup, and nothing left', async (how) => {
    const { store } = await aFolderStore();
    const path = await dying(works.programs.age.path, 300_000, how);
    const sealer = { programs: { ...works.programs, age: { path, version: '1' } }, recipients: [works.keys.recipient] };
    await expect(make(works, store, { ...small, sealer })).rejects.toMatchObject({
      message: expect.stringMatching(/^script (was ended by SIGKILL|ended with 3)/),
    });
    await nothingIn(store);
  });

  it.each(['kill -9 $$', 'exit 1'])(
    'pg_dump, after what it wrote looks like a dump (%s): no backup, and nothing left',
    async (how) => {
      const { store } = await aFolderStore();
      const path = await aScript(`${works.postgres.pgDump.path} "$@" | head -c 2000000\n${how}`);
      const { version } = works.postgres.pgDump;
      await expect(make(works, store, { ...small, postgres: { pgDump: { path, version } } })).rejects.toMatchObject({
        message: expect.stringMatching(/^script (was ended by SIGKILL|ended with 1)/),
      });
      await nothingIn(store);
    },
  );

  it('a recipient that age does not know: its words, and where to look', async () => {
    const { store } = await aFolderStore();
    const sealer = { programs: works.programs, recipients: ['age1notarecipient'] };
    await expect(make(works, store, { sealer })).rejects.toThrow(/malformed recipient.*see `backups.recipients`/);
    await nothingIn(store);
  });
});

describe('a database that goes away', () => {
  // The last table's rows may all be on their way already when the session ends, and then the dump is whole: one more has to be asked for.
  beforeAll(() => works.server.sql(database, 'CREATE TABLE zz_last (id int)'));
  afterAll(() => works.server.sql(database, 'DROP TABLE zz_last'));

  const terminate = (which: string) =>
    works.server.sql(
      'postgres',
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${database}' AND ${which}`,
    );

  it.each([
    ['all of it, as at a restart', 'true'],
    ['the session of pg_dump', "application_name ~ '^till/'"],
    ['the session that holds the snapshot', "application_name = 'till'"],
  ])('%s, in the middle of the dump: no backup, and nothing left', async (_words, which) => {
    const { store } = await aFolderStore();
    let ended: Promise<unknown> | null = null;
    const hearing: Hearing = {
      ...deaf,
      dumped: (bytes) => {
        // Told before the first byte too, when pg_dump may have no session yet.
        if (bytes > 0) {
          ended ??= terminate(which);
        }
      },
    };
    // Slow enough that it is still at it when its session is ended.
    const made = make(works, store, { ...small, hearing, budget: 2_000_000 });
    await expect(made).rejects.toMatchObject({ certainty: 'refused' });
    await ended;
    await nothingIn(store);
  });

  it('waits behind nobody’s lock for longer than a moment', async () => {
    const { store } = await aFolderStore();
    const { host, port, user, password } = works.server;
    const upgrading = new Client({ host, port, user, password, database });
    await upgrading.connect();
    await upgrading.query('BEGIN; LOCK TABLE sale_order IN ACCESS EXCLUSIVE MODE');
    await expect(make(works, store)).rejects.toThrow(/try again when it is over|lock timeout/);
    await upgrading.end();
    await nothingIn(store);
  }, 30_000);
});

describe('a store that fails', () => {
  it.each([
    ['in the first part', (key: string) => key.includes('database.0000')],
    ['in a later part', (key: string) => key.includes('database.0003')],
    ['at the configuration', (key: string) => key.includes('configuration')],
    ['at the manifest', (key: string) => key.endsWith('manifest.json')],
  ])('%s: no backup, and nothing left', async (_words, isMeant) => {
    const { store, server } = await anS3Store();
    server.fault = ({ method, key }) => (['PUT', 'POST'].includes(method) && isMeant(key) ? 500 : undefined);
    await expect(make(works, store, small)).rejects.toMatchObject({ certainty: 'refused' });
    await nothingIn(store);
  });

  it('says yes and keeps nothing: found before there is a manifest', async () => {
    const { store } = await aFolderStore();
    const lying = over(store, {
      upload: async (...given: Parameters<ObjectStore['upload']>) => {
        const uploaded = await store.upload(...given);
        if (given[1].includes('database.0002')) {
          await store.put(operation, given[1], Buffer.from('half of it'));
        }
        return uploaded;
      },
    });
    await expect(make(works, lying, small)).rejects.toThrow(
      /database\.0002\S* no longer as it was written: it holds 10 of/,
    );
    await nothingIn(store);
  });

  it('whose disk is full: said so, and nothing left', async () => {
    const { store } = await aFolderStore();
    let room = 400_000;
    const full = over(store, {
      upload: (...[one, key, source, options]: Parameters<ObjectStore['upload']>) =>
        store.upload(one, key, source, {
          ...options,
          onBytes: (bytes) => {
            room -= bytes;
            if (room < 0) {
              throw new WriteFailure('refused', `vault: could not write ${key}: the disk is full`);
            }
          },
        }),
    });
    await expect(make(works, full, small)).rejects.toThrow('the disk is full; there is no backup');
    await nothingIn(store);
  });

  it('that goes away for good: what is left is named, and no backup is listed', async () => {
    const { store } = await aFolderStore();
    const away = new WriteFailure('refused', 'vault: the store is away');
    let isAway = false;
    const failing = over(store, {
      upload: (...given: Parameters<ObjectStore['upload']>) => {
        isAway ||= given[1].includes('database.0002');
        return isAway ? Promise.reject(away) : store.upload(...given);
      },
      remove: (...given: Parameters<ObjectStore['remove']>) => (isAway ? Promise.reject(away) : store.remove(...given)),
    });
    await expect(make(works, failing, small)).rejects.toThrow(
      /the store is away; there is no backup, but \d+ objects of it could not be taken away.*till prune maple-toys/,
    );
    const { backups, leftovers } = await listed(store);
    expect(backups).toEqual([]);
    expect(leftovers).toMatchObject([{ kind: 'no manifest', tenant: 'maple-toys', objects: 2 }]);
  });

  it('does not know whether it has the manifest: it is taken away again, and its parts after it', async () => {
    const { store } = await aFolderStore();
    const doubtful = over(store, {
      put: async (...given: Parameters<ObjectStore['put']>) => {
        await store.put(...given);
        throw new WriteFailure('unknown', 'vault: the answer was lost');
      },
    });
    await expect(make(works, doubtful)).rejects.toMatchObject({ certainty: 'refused' });
    await nothingIn(store);
  });
});

describe('a backup that is stopped', () => {
  it.each(['database', 'filestore', 'configuration', 'manifest'] as const)(
    'in the phase %s leaves nothing',
    async (phase) => {
      const { store } = await aFolderStore();
      const stop = new AbortController();
      const file = Buffer.from('a file');
      await nameFiles(works, [pathOf(file)]);
      const hearing: Hearing = { ...deaf, phase: (now) => void (now === phase && stop.abort()) };
      const filestore = asked(await aFilestore([file]));
      await expect(make(works, store, { hearing, signal: stop.signal, filestore })).rejects.toThrow('it was stopped');
      await nothingIn(store);
    },
  );

  it('and begins again under the same id takes away what a dead worker left of it', async () => {
    const { store } = await aFolderStore();
    const again = operationAt(Date.now());
    const left = databaseKey('maple-toys', again.id, 7);
    await store.put(operation, left, Buffer.from('of a worker that died'));
    const { manifest } = await make(works, store, { operation: again });
    expect(await store.head(left)).toBeNull();
    expect(await flawsOf(works, store, manifest)).toEqual([]);
  });
});

describe('files that are not as they should be', () => {
  const [kept, altered, vanishing, missing] = ['kept', 'altered', 'vanishing', 'missing'].map((text) =>
    Buffer.from(text),
  ) as [Buffer, Buffer, Buffer, Buffer];

  async function aWorld(more: Partial<BackupRequest> = {}) {
    const { store } = await aFolderStore();
    const path = await aFilestore([kept, altered, vanishing]);
    await nameFiles(works, [kept, altered, vanishing, missing].map(pathOf));
    const source = folderSource(path);
    return { store, path, source, more };
  }

  it('are named: what is gone, what vanishes while it is read, and what is another file than its name says', async () => {
    const { store, path, source } = await aWorld();
    await writeFile(join(path, pathOf(altered)), 'ALTERED');
    const racing = {
      ...source,
      read: async (name: string, signal: AbortSignal) => {
        await rm(join(path, pathOf(vanishing)), { force: true });
        return source.read(name, signal);
      },
    };
    const { manifest, files } = await make(works, store, { filestore: asked(path, { source: racing }) });
    expect(manifest.filestore).toMatchObject({ files: 1, missing: [altered, vanishing, missing].map(pathOf).sort() });
    expect(files?.unfit.toSorted((a, b) => (a.why < b.why ? -1 : 1))).toEqual([
      { path: pathOf(altered), why: 'altered' },
      { path: pathOf(vanishing), why: 'gone' },
    ]);
    expect(await flawsOf(works, store, manifest)).toEqual([]);
  });

  it('are taken from an earlier backup, where the disk has lost them since', async () => {
    const { store, path } = await aWorld();
    await make(works, store, { filestore: asked(path) });
    await rm(join(path, pathOf(vanishing)));
    const { backups } = await listed(store);
    const second = await make(works, store, { filestore: asked(path, { earlier: backups }) });
    expect(second.files?.rescued).toEqual([pathOf(vanishing)]);
    expect(second.manifest.filestore).toMatchObject({ files: 3, added: 0, missing: [pathOf(missing)] });
    expect(await flawsOf(works, store, second.manifest)).toEqual([]);
  });

  it('are read again where a proof found their pack broken, which nothing is written over', async () => {
    const { store, path } = await aWorld();
    const first = await make(works, store, { filestore: asked(path) });
    const [entry] = (await listed(store)).backups;
    const pack = first.manifest.filestore?.packs[0]?.key ?? '';
    const proof = {
      status: 'failed',
      checks: [{ check: 'pack', status: 'failed', message: `${pack}: its bytes are others` }],
    };
    const earlier = [{ ...entry, proofs: [proof], failed: proof }] as never;
    const second = await make(works, store, { filestore: asked(path, { earlier }) });
    expect(second.manifest.filestore).toMatchObject({ files: 3, added: 1 });
    expect(second.manifest.filestore?.packs.map(({ key }) => key)).not.toContain(pack);
    expect(await keysOf(store, 'filestore/')).toHaveLength(2);
  });

  it('lie in a pack that nobody needs yet, and are not sent again', async () => {
    const { store, path } = await aWorld();
    const first = await make(works, store, { filestore: asked(path) });
    for await (const { key } of store.list('backups/')) {
      await store.remove(operation, key);
    }
    const second = await make(works, store, { filestore: asked(path) });
    expect(second.manifest.filestore).toMatchObject({ added: 0, packs: first.manifest.filestore?.packs });
    expect(await flawsOf(works, store, second.manifest)).toEqual([]);
  });

  it('are read again for somebody who could not open what is there', async () => {
    const { store, path } = await aWorld();
    await make(works, store, { filestore: asked(path) });
    const { keys } = await (await import('./world.ts')).sealingKeys();
    const sealer = { programs: works.programs, recipients: [works.keys.recipient, keys.recipient] };
    const { backups } = await listed(store);
    const second = await make(works, store, { sealer, filestore: asked(path, { earlier: backups }) });
    expect(second.manifest.filestore).toMatchObject({ files: 3, added: 1 });
    expect(await flawsOf({ ...works, keys }, store, second.manifest)).toEqual([]);
  });
});
