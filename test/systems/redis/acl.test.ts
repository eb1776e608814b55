import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { licence } from '#actions/licence.ts';
import type { RedisAcl } from '#systems/redis/acl.ts';
import { openRedisAcl } from '#systems/redis/acl-open.ts';
import { startTestRedis, type TestRedis } from '../../servers.ts';

const act = licence('01JD0000000000000000000000', 'access-mint');
const user = 'till-g-01jd0000000000000000000000-9a3c2f52';

describe('an ACL user of a grant, on a real Redis with a replica', () => {
  let master: TestRedis;
  let replica: TestRedis;
  let acl: RedisAcl;
  const minter = 'of-the-minter-alone';
  const opened: Redis[] = [];
  const as = async ({ host, port }: TestRedis, username: string, password: string) => {
    const redis = new Redis({
      ...{ host, port, username, password, lazyConnect: true, retryStrategy: () => null },
      enableReadyCheck: false,
    });
    let said: unknown = null;
    redis.on('error', (error: unknown) => {
      said ??= error;
    });
    opened.push(redis);
    await redis.connect().catch((error: unknown) => {
      throw said ?? error;
    });
    await redis.ping();
    return redis;
  };

  beforeAll(async () => {
    [master, replica] = await Promise.all([startTestRedis(), startTestRedis()]);
    for (const node of [master, replica]) {
      const admin = await as(node, 'default', node.password);
      await admin.call(
        ...['ACL', 'SETUSER', 'till_minter', 'reset', 'on', `>${minter}`, '-@all'],
        ...['+acl|setuser', '+acl|deluser', '+acl|users', '+info', '+ping', '+client|setname'],
      );
    }
    const admin = await as(replica, 'default', replica.password);
    await admin.config('SET', 'masterauth', master.password);
    await admin.replicaof(master.host, master.port);
    const source = await as(master, 'default', master.password);
    await vi.waitFor(async () => expect(await source.info('replication')).toContain('slave0:ip=127.0.0.1'), {
      timeout: 20_000,
    });
    acl = openRedisAcl({
      name: 'redis-1',
      server: { host: master.host, port: master.port, username: 'till_minter', tls: false, holds: 'sessions' },
      password: async () => minter,
      address: async () => master,
    });
  }, 60_000);
  afterAll(async () => {
    for (const redis of opened) {
      redis.disconnect();
    }
    await Promise.all([master?.stop(), replica?.stop()]);
  });

  const made = { name: user, password: 'of-the-grant-alone', commands: ['+ping', '+get'], keys: ['session:*'] };

  it('is made on every node, with these commands and keys and no others, also when made twice', async () => {
    expect(await acl.makeUser(act, made)).toEqual({ nodes: 2 });
    expect(await acl.makeUser(act, made)).toEqual({ nodes: 2 });
    expect(await acl.found()).toEqual([user]);
    for (const node of [master, replica]) {
      const redis = await as(node, user, made.password);
      expect(await redis.ping()).toBe('PONG');
      expect(await redis.get('session:1')).toBeNull();
      await expect(redis.get('cache:1')).rejects.toThrow('NOPERM');
      await expect(redis.keys('*')).rejects.toThrow('NOPERM');
    }
  });

  it('is gone at the end on every node, its connections with it, also when ended twice', async () => {
    await acl.makeUser(act, made);
    const held = await as(master, user, made.password);
    const closed = new Promise((settle) => held.once('close', () => settle('closed')));
    expect(await acl.endUser(act, user)).toBe(true);
    expect(await acl.endUser(act, user)).toBe(false);
    expect(await closed).toBe('closed');
    expect(await acl.found()).toEqual([]);
    for (const node of [master, replica]) {
      await expect(as(node, user, made.password)).rejects.toThrow('WRONGPASS');
    }
  });

  it('says in words what went wrong, and whether anything was written', async () => {
    const wrong = openRedisAcl({
      name: 'redis-1',
      server: { host: master.host, port: master.port, username: 'till_minter', tls: false, holds: 'sessions' },
      password: async () => 'not-this-one',
      address: async () => master,
    });
    await expect(wrong.makeUser(act, made)).rejects.toMatchObject({ certainty: 'refused', code: 'WRONGPASS' });
    await expect(wrong.found()).rejects.toThrow('WRONGPASS');
  });
});
