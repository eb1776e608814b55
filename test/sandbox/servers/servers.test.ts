import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startTestPostgres, startTestRedis, type TestPostgres, type TestRedis } from '../../servers.ts';

describe('servers for a run', () => {
  let postgres: TestPostgres;
  let redis: TestRedis;
  beforeAll(async () => {
    [postgres, redis] = await Promise.all([startTestPostgres(), startTestRedis()]);
  });
  afterAll(() => Promise.all([postgres?.stop(), redis?.stop()]));

  it('has a PostgreSQL of at least 13 that asks for a password', async () => {
    expect(Number.parseInt(postgres.version, 10)).toBeGreaterThanOrEqual(13);
    const [row] = await postgres.sql('postgres', `SELECT current_setting('max_connections')::int AS n`);
    expect(row).toEqual({ n: 200 });
    const { Client } = (await import('pg')).default;
    const stranger = new Client({ host: postgres.host, port: postgres.port, user: 'postgres', password: 'wrong' });
    await expect(stranger.connect()).rejects.toThrow(/password authentication failed/);
  });

  it('has a Redis that asks for a password', async () => {
    const { Redis } = await import('ioredis');
    const client = new Redis({ port: redis.port, password: redis.password, lazyConnect: true });
    await client.connect();
    expect(await client.ping()).toBe('PONG');
    client.disconnect();
  });

  it('keeps passwords out of the arguments that everybody on the machine can read', () => {
    const commandLines = globSync('/proc/[0-9]*/cmdline').map((path) => read(path));
    expect(commandLines.filter((line) => line.includes('postgres')).length).toBeGreaterThan(0);
    expect(commandLines.filter((line) => line.includes(postgres.password) || line.includes(redis.password))).toEqual(
      [],
    );
  });

  it('takes another port for a second run at the same time', async () => {
    const second = await startTestPostgres();
    expect(second.port).not.toBe(postgres.port);
    await second.stop();
    expect(await postgres.sql('postgres', 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });
});

describe('a run that is killed with -9', () => {
  it('leaves no server and no folder', async () => {
    const script = `
      const [{ startPostgres }, { startRedis }] = await Promise.all([
        import('./src/sandbox/servers/postgres.ts'), import('./src/sandbox/servers/redis.ts')]);
      const servers = await Promise.all([startPostgres(), startRedis()]);
      console.log(JSON.stringify(servers.map(({ pid }) => pid)));`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = await once(createInterface({ input: child.stdout }), 'line');
    const guards: readonly number[] = JSON.parse(line);
    const folders = guards.map((pid) => /\/[^\0]*till-[^\0/]*/.exec(read(`/proc/${pid}/cmdline`))?.[0] ?? '?');
    const family = guards.flatMap((pid) => [pid, ...childrenOf(pid)]);
    expect(family.length).toBeGreaterThan(3);
    expect(folders.every((folder) => existsSync(folder))).toBe(true);

    child.kill('SIGKILL');

    await vi.waitFor(() => {
      expect(family.filter((pid) => existsSync(`/proc/${pid}`))).toEqual([]);
      expect(folders.filter((folder) => existsSync(folder))).toEqual([]);
    }, 10_000);
  });
});

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function childrenOf(pid: number): readonly number[] {
  const children = read(join('/proc', String(pid), 'task', String(pid), 'children'))
    .split(' ')
    .filter((text) => text !== '')
    .map(Number);
  return children.flatMap((child) => [child, ...childrenOf(child)]);
}
