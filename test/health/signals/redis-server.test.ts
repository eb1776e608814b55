import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Signal } from '#health/signal.ts';
import { signals } from '#health/signals/index.ts';
import { openRedis } from '#systems/redis/open.ts';
import type { RedisInfo, RedisReader } from '#systems/redis/server.ts';
import { systemClock } from '#text/clock.ts';
import { startTestRedis, type TestRedis } from '../../servers.ts';
import { minutesAgo, says } from './makers.ts';

const source = 'redis/sessions';
let master: TestRedis;
let replica: TestRedis;
let client: Redis;
const readers: RedisReader[] = [];

beforeAll(async () => {
  [master, replica] = await Promise.all([
    startTestRedis({ settings: ['repl-diskless-sync-delay 0'] }),
    startTestRedis(),
  ]);
  client = new Redis({ host: master.host, port: master.port, password: master.password });
});
afterAll(async () => {
  client?.disconnect();
  await Promise.all(readers.map((reader) => reader.close()));
  await Promise.all([master?.stop(), replica?.stop()]);
});

function readerOf({ host, port, password }: TestRedis): RedisReader {
  const server = { host, port, tls: false, holds: 'sessions' } as const;
  const reader = openRedis({
    name: 'sessions',
    server,
    password: async () => password,
    address: async () => ({ host, port }),
    clock: systemClock,
  });
  readers.push(reader);
  return reader;
}

function wordOf(name: string, info: RedisInfo, before: RedisInfo | null = null): string | null {
  const signal = signals.find((candidate): candidate is Extract<Signal, { from: 'redis' }> => candidate.name === name);
  if (signal === undefined) {
    throw new Error(`no signal ${name}`);
  }
  const previous = before === null ? null : { value: before, at: minutesAgo(1) };
  return says(signal, info, { source, holds: 'sessions', previous, now: Date.now() });
}

describe('a real Redis', () => {
  it('is well, and tells everything that the signals ask', async () => {
    const info = await readerOf(master).info({ deadlineMs: 2000 });
    expect(wordOf('redis-memory', info)).toMatch(/^ok: [\d.]+ [KM]iB of the machine's [\d.]+ GiB used, no maxmemory$/);
    expect(wordOf('redis-evictions', info)).toBe('ok: no key evicted since it started');
    expect(wordOf('redis-refused-writes', info)).toBe('ok: no write refused since it started');
    expect(wordOf('redis-replica-link', info)).toBeNull();
  });

  it('is critical when it fills up: first by memory, then by what it refuses', async () => {
    const reader = readerOf(master);
    const before = await reader.info({ deadlineMs: 2000 });
    await client.config('SET', 'maxmemory', '1mb', 'maxmemory-policy', 'noeviction');
    await expect(client.set('session:a', 'x')).rejects.toThrow(/OOM/);
    const full = await reader.info({ deadlineMs: 2000 });
    expect(wordOf('redis-memory', full)).toMatch(/^critical: .* of 1\.0 MiB used, noeviction/);
    expect(wordOf('redis-refused-writes', full, before)).toBe(
      'critical: 1 write refused in 1m00s: OOM, memory is full',
    );
    await client.config('SET', 'maxmemory', '0');
  });

  it('is critical when it logs users out', async () => {
    const reader = readerOf(master);
    const before = await reader.info({ deadlineMs: 2000 });
    const used = Number(before.get('used_memory'));
    await client.config('SET', 'maxmemory', String(used + 200_000), 'maxmemory-policy', 'allkeys-random');
    const sessions = Array.from({ length: 300 }, (_, n) => client.set(`session:${n}`, 'x'.repeat(4000)));
    await Promise.all(sessions);
    const info = await reader.info({ deadlineMs: 2000 });
    expect(wordOf('redis-evictions', info, before)).toMatch(
      /^critical: \d+ sessions evicted in 1m00s: users are logged out$/,
    );
    await client.config('SET', 'maxmemory', '0');
  });

  it('shows the link to its replica from both ends', async () => {
    const other = new Redis({ host: replica.host, port: replica.port, password: replica.password });
    await other.config('SET', 'masterauth', master.password);
    await other.replicaof(master.host, master.port);
    const [near, far] = [readerOf(master), readerOf(replica)];
    await expect
      .poll(async () => wordOf('redis-replica-link', await near.info({ deadlineMs: 2000 })), { timeout: 20_000 })
      .toBe('ok: 1 replica online');
    expect(wordOf('redis-replica-link', await far.info({ deadlineMs: 2000 }))).toMatch(
      /^ok: replica linked to master 127\.0\.0\.1, heard \ds ago$/,
    );
    await other.replicaof(master.host, 1);
    expect(wordOf('redis-replica-link', await far.info({ deadlineMs: 2000 }))).toMatch(
      /^(warn|critical): replica has lost master/,
    );
    other.disconnect();
  });
});
