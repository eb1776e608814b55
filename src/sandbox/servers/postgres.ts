import { randomBytes } from 'node:crypto';
import { access, realpath, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { exitCodes, TillError } from '#text/till-error.ts';
import { type Account, giveTo, serverAccount } from './account.ts';
import { newServerFolder } from './folders.ts';
import { type Guarded, guarded } from './guard.ts';
import { freePort, portIsTaken } from './port.ts';
import { type PostgresBinaries, postgresBinaries } from './postgres-binaries.ts';
import { run } from './run.ts';

export interface RunningPostgres {
  readonly host: string;
  readonly port: number;
  /** The superuser. */
  readonly user: string;
  readonly password: string;
  /** Such as `15.18`. */
  readonly version: string;
  /** The process whose end is the server's end. */
  readonly pid: number;
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

/** Fast, because nothing here outlives the run: no fsync, no WAL for replicas, one socket on the loopback. */
const settings: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  shared_buffers: '128MB',
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_wal_size: '512MB',
  jit: 'off',
  default_statistics_target: '10',
  max_parallel_workers_per_gather: '0',
  max_parallel_maintenance_workers: '0',
  work_mem: '32MB',
  maintenance_work_mem: '128MB',
  timezone: 'UTC',
  log_timezone: 'UTC',
  lc_messages: 'C',
  log_checkpoints: 'off',
};

/** A real PostgreSQL on an ephemeral port of 127.0.0.1 with data of its own, gone when we are. */
export async function startPostgres(
  options: { readonly settings?: Readonly<Record<string, string>>; readonly progress?: (line: string) => void } = {},
): Promise<RunningPostgres> {
  const account = serverAccount();
  const binaries = await postgresBinaries(account, options.progress ?? (() => undefined));
  const password = randomBytes(18).toString('base64url');
  for (let attempt = 1; ; attempt += 1) {
    const folder = await newServerFolder(account);
    try {
      await initialise(binaries, account, folder, password);
      const port = await freePort();
      const all = { ...settings, ...(await settingsFor(binaries)), ...options.settings, port: String(port) };
      const server = guarded({
        command: [join(binaries.bin, 'postgres'), '-D', join(folder, 'data'), ...asArguments(all)],
        env: { ...binaries.env, LC_ALL: 'C' },
        account,
        folder,
        stopSignal: 'QUIT',
      });
      if (await server.says(/ready to accept connections/)) {
        return running(server, binaries, port, password);
      }
      if (attempt === 5 || !server.lastLines.some((line) => portIsTaken.test(line))) {
        throw doesNotStart(server.lastLines.at(-1) ?? 'it said nothing');
      }
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }
}

function running(server: Guarded, binaries: PostgresBinaries, port: number, password: string): RunningPostgres {
  return {
    host: '127.0.0.1',
    port,
    user: 'postgres',
    password,
    version: binaries.version,
    pid: server.pid,
    ended: server.ended,
    stop: () => server.stop(),
  };
}

async function initialise(
  { bin, env }: PostgresBinaries,
  account: Account | null,
  folder: string,
  password: string,
): Promise<void> {
  const passwordFile = join(folder, 'password');
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  await giveTo(account, passwordFile);
  const { code, stderr } = await run(
    join(bin, 'initdb'),
    [
      ...['-D', join(folder, 'data'), '-U', 'postgres', `--pwfile=${passwordFile}`, '--auth=scram-sha-256'],
      ...['--encoding=UTF8', '--no-locale', '--no-sync'],
    ],
    { env, account, cwd: folder },
  );
  await rm(passwordFile, { force: true });
  if (code !== 0) {
    throw doesNotStart(stderr.trim().split('\n').at(-1) ?? 'initdb failed');
  }
}

/**
 * pg_stat_statements costs next to nothing; a build without contrib modules lacks it. From 16 on a monitor can get in
 * while everybody else fills the server (facts: data-tier.md §1.2).
 */
async function settingsFor({ bin, version }: PostgresBinaries): Promise<Readonly<Record<string, string>>> {
  // Libraries stand beside the program itself, not beside a link to it.
  const home = dirname(dirname(await realpath(join(bin, 'postgres'))));
  const places = ['lib/pg_stat_statements.so', 'lib/postgresql/pg_stat_statements.so'];
  const there = await Promise.all(
    places.map((path) =>
      access(join(home, path)).then(
        () => true,
        () => false,
      ),
    ),
  );
  return {
    ...(there.includes(true) ? { shared_preload_libraries: 'pg_stat_statements' } : {}),
    ...(Number.parseInt(version, 10) >= 16 ? { reserved_connections: '2' } : {}),
  };
}

function asArguments(all: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

function doesNotStart(detail: string): TillError {
  return new TillError(`PostgreSQL does not start: ${detail}`, {
    exit: exitCodes.failed,
    reason: 'postgresql-does-not-start',
    next: 'try `postgres --version`; a broken installation can be taken off PATH',
  });
}
