import { inspect } from 'node:util';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { RedisReader } from '#systems/redis/server.ts';
import { type BadLink, startProxy } from '../../proxy.ts';
import { startTestRedis, type TestRedis } from '../../servers.ts';
import { reader } from './world.ts';

let server: TestRedis;
let proxy: BadLink;
let admin: Redis;
let redis: RedisReader;

const secret = 'sesame';
const deadlineMs = 2_000;
const monitor = { server: { username: 'till_monitor' }, password: async () => secret };

beforeAll(async () => {
  server = await startTestRedis();
  admin = new Redis({ host: server.host, port: server.port, password: server.password });
  await admin.call(
    'ACL',
    'SETUSER',
    'till_monitor',
    'on',
    `>${secret}`,
    'resetkeys',
    '-@all',
    '+ping',
    '+hello',
    '+info',
  );
  await admin.call('ACL', 'SETUSER', 'blind', 'on', `>${secret}`, 'resetkeys', '-@all', '+ping', '+hello');
});
afterEach(async () => {
  await redis?.close();
  await proxy?.close();
});
afterAll(async () => {
  admin.disconnect();
  await server.stop();
});

describe('a reader of Redis', () => {
  it('brings INFO as one map: every section that a signal needs', async () => {
    redis = reader(server, monitor);
    const info = await redis.info({ deadlineMs });
    expect(info.get('redis_version')).toBe(server.version);
    for (const key of [
      'uptime_in_seconds',
      'connected_clients',
      'used_memory',
      'maxmemory',
      'maxmemory_policy',
      'rdb_last_bgsave_status',
      'evicted_keys',
      'rejected_connections',
      'role',
      'loading',
    ]) {
      expect(info.has(key), key).toBe(true);
    }
  });

  it('brings the counters of refused commands, and lines of the key space', async () => {
    await admin.set('session:1', 'x');
    redis = reader(server, { server: { username: 'blind' }, password: async () => secret });
    await redis.info({ deadlineMs }).catch(() => undefined);
    await redis.close();
    redis = reader(server, monitor);
    const info = await redis.info({ deadlineMs });
    expect(info.get('errorstat_NOPERM')).toMatch(/^count=\d+/);
    expect(info.get('db0')).toMatch(/^keys=1,/);
  });

  it('keeps one connection and is live', async () => {
    redis = reader(server, monitor);
    expect(redis.state).toEqual({ source: 'redis/redis-1', phase: 'connecting', lastHeardAt: null, message: null });
    const answers = await Promise.all([1, 2, 3].map(() => redis.info({ deadlineMs })));
    expect(new Set(answers.map((info) => info.get('total_connections_received'))).size).toBe(1);
    expect(redis.state).toMatchObject({ phase: 'live', message: null });
    await redis.close();
    expect(redis.state.phase).toBe('stopped');
  });
});

describe('a Redis that does not let us in', () => {
  it('refuses a wrong password', async () => {
    redis = reader(server, { ...monitor, password: async () => 'wrong' });
    await expect(redis.info({ deadlineMs })).rejects.toMatchObject({
      reason: 'forbidden',
      code: 'WRONGPASS',
      message: 'redis-1: password refused for user till_monitor',
    });
    expect(redis.state.phase).toBe('unauthenticated');
  });

  it('leaves no trace of a password in what is thrown, however closely it is looked at', async () => {
    for (const username of ['till_monitor', undefined]) {
      redis = reader(server, { server: { username }, password: async () => 'hunter2' });
      const failure = await redis.info({ deadlineMs }).catch((error: unknown) => error);
      expect(failure).toMatchObject({ reason: 'forbidden' });
      expect(inspect(failure, { depth: 12, showHidden: true })).not.toContain('hunter2');
      await redis.close();
    }
  });

  it('asks for one where the estate names none', async () => {
    redis = reader(server);
    await expect(redis.info({ deadlineMs })).rejects.toMatchObject({ reason: 'forbidden', code: 'NOAUTH' });
    expect(redis.state.phase).toBe('unauthenticated');
  });

  it('refuses INFO to a user without that right', async () => {
    redis = reader(server, { server: { username: 'blind' }, password: async () => secret });
    await expect(redis.info({ deadlineMs })).rejects.toMatchObject({
      reason: 'forbidden',
      code: 'NOPERM',
      message: 'redis-1: user blind may not run INFO',
    });
    expect(redis.state.phase).toBe('forbidden');
  });

  it('is asked for the password anew once the old one is refused', async () => {
    proxy = await startProxy(server);
    let current = secret;
    redis = reader(proxy, { ...monitor, password: async () => current });
    await redis.info({ deadlineMs });
    current = 'rotated';
    await admin.call('ACL', 'SETUSER', 'till_monitor', `<${secret}`, `>${current}`);
    try {
      proxy.cut();
      await expect.poll(() => redis.info({ deadlineMs }).then(() => 'read', String)).toBe('read');
    } finally {
      await admin.call('ACL', 'SETUSER', 'till_monitor', `<${current}`, `>${secret}`);
    }
  });

  it('refuses the connection, or has no name', async () => {
    redis = reader({ host: '127.0.0.1', port: 1 });
    await expect(redis.info({ deadlineMs })).rejects.toMatchObject({
      reason: 'unreachable',
      message: 'redis-1: 127.0.0.1:1 refused the connection',
    });
    expect(redis.state).toMatchObject({ phase: 'unreachable', message: '127.0.0.1:1 refused the connection' });
    await redis.close();
    redis = reader({ host: 'redis.invalid', port: 6379 });
    await expect(redis.info({ deadlineMs: 10_000 })).rejects.toMatchObject({ reason: 'unreachable' });
  });
});

describe('a Redis that hangs', () => {
  it('accepts and never answers: said within the deadline', async () => {
    proxy = await startProxy(server);
    proxy.stall();
    redis = reader(proxy, monitor);
    await expect(redis.info({ deadlineMs: 300 })).rejects.toMatchObject({
      reason: 'unreachable',
      message: `redis-1: 127.0.0.1:${proxy.port} accepted the connection but did not answer within 0.3 s`,
    });
  });

  it('falls silent: the connection is dropped, so that no late reply is taken for the next one', async () => {
    proxy = await startProxy(server);
    redis = reader(proxy, monitor);
    await redis.info({ deadlineMs });
    proxy.stall();
    await expect(redis.info({ deadlineMs: 300 })).rejects.toMatchObject({ code: 'ETIMEDOUT' });
    await expect.poll(() => proxy.open).toBe(0);
    const lastHeardAt = redis.state.lastHeardAt;
    expect(redis.state.phase).toBe('unreachable');
    proxy.pass();
    await expect.poll(() => redis.info({ deadlineMs }).then(() => 'read', String), { timeout: 10_000 }).toBe('read');
    expect(redis.state.lastHeardAt).toBeGreaterThan(lastHeardAt ?? 0);
  });

  it('is not asked again at once: the reason that is known comes without a wait', async () => {
    proxy = await startProxy(server);
    proxy.stall();
    redis = reader(proxy, monitor);
    await redis.info({ deadlineMs: 200 }).catch(() => undefined);
    const accepted = proxy.accepted;
    await expect(redis.info({ deadlineMs: 200 })).rejects.toMatchObject({ code: 'ETIMEDOUT' });
    expect(proxy.accepted).toBe(accepted);
  });

  it('breaks off', async () => {
    proxy = await startProxy(server);
    proxy.refuse();
    redis = reader(proxy, monitor);
    await expect(redis.info({ deadlineMs })).rejects.toMatchObject({
      reason: 'unreachable',
      message: expect.stringMatching(/closed the connection/),
    });
  });
});
