import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { makeDatabase } from '#actions/recovery/make-database.ts';
import { jobsHere, restoreDump } from '#actions/recovery/restore-dump.ts';
import { writeScratch } from '#actions/recovery/scratch-file.ts';
import type { Manifest } from '#backups/manifest.ts';
import { postgresPrograms } from '#backups/programs.ts';
import { openDatabaseLogin } from '#systems/postgres/login-open.ts';
import { FolderStore } from '#systems/storage/folder.ts';
import { dumpOf } from '../actions/recovery/shop.ts';
import { programsEnv } from '../backup-programs.ts';
import { aBackup, sealingKeys } from '../backups/world.ts';
import { startTestPostgres } from '../servers.ts';
import { operation } from '../systems/storage/world.ts';
import { shop, sizeOf } from './backup.ts';
import { against, median, type Ratio, run } from './ratio.ts';

/** `--restore-mb=256` for a machine that has other things to do. */
export async function measureRestores(): Promise<readonly Ratio[]> {
  const megabytes = sizeOf('restore-mb', 1024);
  const folder = await mkdtemp(join(tmpdir(), 'till-bench-restore-'));
  const server = await startTestPostgres({
    // As a server is that somebody relies on.
    settings: { max_wal_size: '4GB', fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' },
  });
  try {
    const env = await programsEnv(15);
    const postgres = await postgresPrograms(15, env);
    const { keys, programs } = await sealingKeys();
    await shop({ server }, 'one', megabytes);
    const dump = dumpOf(server, postgres, 'one');
    const plain = join(folder, 'dump');
    await writeFile(plain, dump);
    const path = join(folder, 'vault');
    await mkdir(path);
    const store = new FolderStore('vault', path);
    const { manifest } = await aBackup(store, keys, programs, { dump, at: Date.now(), database: { collation: 'C' } });
    const { host, port, user, password } = server;
    const login = openDatabaseLogin({
      ...{ name: 'pg-1', password: async () => password, address: async () => ({ host, port }) },
      server: { host, port, user, tls: 'disable', database: 'postgres' },
    });
    const access = { PGHOST: host, PGPORT: String(port), PGUSER: user, PGPASSWORD: password };
    const jobs = jobsHere();
    const session = await login.writing(operation, 'postgres');
    const drop = () => session.query({ text: 'DROP DATABASE copy' });
    const theirs = async () => {
      const from = performance.now();
      await session.query({ text: 'CREATE DATABASE copy TEMPLATE template0' });
      const args = ['--exit-on-error', '--no-owner', '--no-acl', '-j', String(jobs), '-d', 'copy', plain];
      await run(postgres.pgRestore.path, args, { ...env, ...access });
      const ms = performance.now() - from;
      await drop();
      return ms;
    };
    const ours = async () => {
      const from = performance.now();
      const { parts, dumped: size, sha256 }: Manifest['database'] = manifest.database;
      const sealing = { store, identity: keys.identity, programs };
      const file = await writeScratch(sealing, parts, { size, sha256 });
      const fetched = performance.now() - from;
      await makeDatabase(session, 'copy', manifest.database, {
        ...{ till: 'scratch', operation: operation.id, tenant: 'maple-toys', backup: manifest.backup, at: '' },
      });
      await restoreDump({
        ...{ dump: file, database: 'copy', login, applicationName: 'till', programs: postgres, env, jobs },
        signal: new AbortController().signal,
      });
      await file.close();
      const ms = performance.now() - from;
      await drop();
      return { ms, fetched };
    };
    const times = { ours: [] as number[], fetched: [] as number[], theirs: [] as number[] };
    await theirs();
    for (let round = 0; round < 3; round += 1) {
      const { ms, fetched } = await ours();
      times.ours.push(ms);
      times.fetched.push(fetched);
      times.theirs.push(await theirs());
    }
    await session.close();
    return [
      against(
        `restore: a database of ${megabytes} MB`,
        `createdb, pg_restore -j ${jobs} of the plain dump`,
        { ours: median(times.ours), theirs: median(times.theirs) },
        1.1,
        `${Math.round(median(times.fetched))} ms of it fetched, summed and opened`,
      ),
    ];
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
