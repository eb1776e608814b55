import { randomBytes } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { vi } from 'vitest';
import { giveTo, serverAccount } from '#sandbox/servers/account.ts';
import { newServerFolder } from '#sandbox/servers/folders.ts';
import { type Guarded, guarded } from '#sandbox/servers/guard.ts';
import { freePort } from '#sandbox/servers/port.ts';
import { postgresBinaries } from '#sandbox/servers/postgres-binaries.ts';
import { run } from '#sandbox/servers/run.ts';

/** One of two real servers. What it holds stays while it is stopped. */
export interface Postgres {
  readonly name: string;
  readonly port: number;
  readonly isRunning: boolean;
  /** As a standby it follows `upstream`, calling itself by its name, as Patroni and CloudNativePG have it. */
  start(as: 'primary' | { readonly standbyOf: Postgres }): Promise<void>;
  /** A fast shutdown: standbys get everything first. */
  stop(): Promise<void>;
  /** Kill -9 of the postmaster: nobody gets anything. */
  kill(): Promise<void>;
  promote(): Promise<void>;
  /** Stops receiving from the primary, and keeps what it has. */
  cutOff(): Promise<void>;
  sql(text: string, database?: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
}

export interface Pair {
  readonly a: Postgres;
  readonly b: Postgres;
  readonly superuser: { readonly user: string; readonly password: string };
  close(): Promise<void>;
}

const settings: Readonly<Record<string, string>> = {
  ...{ listen_addresses: '127.0.0.1', unix_socket_directories: '', max_connections: '50', shared_buffers: '32MB' },
  ...{ wal_level: 'replica', max_wal_senders: '5', wal_keep_size: '64MB', hot_standby: 'on', fsync: 'off' },
  ...{ wal_receiver_timeout: '5s', wal_retrieve_retry_interval: '200ms', jit: 'off', timezone: 'UTC' },
  ...{ autovacuum: 'off', lc_messages: 'C' },
};

/** Two real PostgreSQL servers, the second one a streaming standby of the first: made by a cold copy, which every build can do. */
export async function startPair(
  options: {
    readonly names?: readonly [string, string];
    readonly prepare?: readonly string[];
    readonly settings?: Readonly<Record<string, string>>;
  } = {},
): Promise<Pair> {
  const account = serverAccount();
  const { bin, env } = await postgresBinaries(account, () => undefined);
  const folder = await newServerFolder(account);
  const password = randomBytes(18).toString('base64url');
  const superuser = { user: 'postgres', password };
  const own = async (path: string, content: string) => {
    await writeFile(path, content, { mode: 0o600 });
    await giveTo(account, path);
  };
  const checked = async (program: string, args: readonly string[]) => {
    const { code, stderr } = await run(program, args, { env, account, cwd: folder });
    if (code !== 0) {
      throw new Error(`${program}: ${stderr}`);
    }
  };

  async function server(name: string): Promise<Postgres> {
    const port = await freePort();
    const data = join(folder, name);
    let process_: Guarded | null = null;
    const launch = async () => {
      const all = { ...settings, ...options.settings, port: String(port) };
      process_ = guarded({
        command: [join(bin, 'postgres'), '-D', data, ...Object.entries(all).flatMap(([k, v]) => ['-c', `${k}=${v}`])],
        env: { ...env, LC_ALL: 'C' },
        account,
        // Removed by its guard when it ends; the data is not in it.
        folder: await newServerFolder(account),
        stopSignal: 'INT',
      });
      if (!(await process_.says(/ready to accept (?:read-only )?connections/))) {
        throw new Error(`${name} does not start: ${process_.lastLines.join(' | ')}`);
      }
    };
    const self: Postgres = {
      ...{ name, port },
      get isRunning() {
        return process_ !== null && !process_.hasEnded;
      },
      async start(as) {
        await rm(join(data, 'standby.signal'), { force: true });
        if (as !== 'primary') {
          const at = `host=127.0.0.1 port=${as.standbyOf.port} user=postgres password=${password} application_name=${name}`;
          await own(join(data, 'postgresql.auto.conf'), `primary_conninfo = '${at}'\n`);
          await own(join(data, 'standby.signal'), '');
        }
        await launch();
      },
      async stop() {
        await process_?.stop();
      },
      async kill() {
        const [pid = ''] = (await readFile(join(data, 'postmaster.pid'), 'utf8')).split('\n');
        process.kill(Number(pid), 'SIGKILL');
        await process_?.ended;
      },
      promote: async () => void (await self.sql('SELECT pg_promote(true, 30)')),
      cutOff: async () => {
        await self.sql("ALTER SYSTEM SET primary_conninfo = ''");
        await self.sql('SELECT pg_reload_conf()');
      },
      async sql(text, database = 'postgres') {
        const client = new Client({ host: '127.0.0.1', port, ...superuser, database, connectionTimeoutMillis: 5_000 });
        client.on('error', () => undefined);
        await client.connect();
        try {
          return (await client.query<Record<string, unknown>>(text)).rows;
        } finally {
          await client.end();
        }
      },
    };
    return self;
  }

  try {
    const [first, second] = options.names ?? ['a', 'b'];
    const [a, b] = await Promise.all([server(first), server(second)]);
    await own(join(folder, 'password'), `${password}\n`);
    const initdb = ['-U', 'postgres', `--pwfile=${join(folder, 'password')}`, '--auth=scram-sha-256', '--no-sync'];
    await checked(join(bin, 'initdb'), ['-D', join(folder, first), ...initdb, '--encoding=UTF8', '--no-locale']);
    await a.start('primary');
    for (const statement of options.prepare ?? []) {
      await a.sql(statement);
    }
    await a.stop();
    await checked('cp', ['-a', join(folder, first), join(folder, second)]);
    await a.start('primary');
    await b.start({ standbyOf: a });
    await vi.waitUntil(
      async () => (await a.sql("SELECT 1 FROM pg_stat_replication WHERE state = 'streaming'")).length === 1,
      { timeout: 20_000 },
    );
    return {
      ...{ a, b, superuser },
      async close() {
        await Promise.all([a.stop(), b.stop()]);
        await rm(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}
