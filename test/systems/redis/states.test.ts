import { afterEach, describe, expect, it } from 'vitest';
import { freePort } from '#sandbox/servers/port.ts';
import type { RedisReader } from '#systems/redis/server.ts';
import { certificateFiles } from '../../certificates.ts';
import { startTestRedis } from '../../servers.ts';
import { bulk, type Fake, fakeRedis, hello, list } from './fake.ts';
import { startSentinel } from './sentinel.ts';
import { reader } from './world.ts';

let redis: RedisReader;
const ends: (() => Promise<unknown>)[] = [];
const deadlineMs = 3_000;

afterEach(async () => {
  await redis.close();
  for (const end of ends.splice(0).reverse()) {
    await end();
  }
});

async function server(...settings: string[]) {
  const started = await startTestRedis({ settings });
  ends.push(() => started.stop());
  return started;
}

async function fake(answer: (command: string) => string): Promise<Fake> {
  const started = await fakeRedis((command) => (command.startsWith('hello') ? hello : answer(command)));
  ends.push(() => started.close());
  return started;
}

describe('a Redis that is not itself', () => {
  it('loads its data from disk: it answers, and nothing that it says is true yet', async () => {
    const loading = await fake((command) =>
      command.startsWith('info')
        ? bulk('# Persistence\r\nloading:1\r\nloading_eta_seconds:42\r\n# Memory\r\nused_memory:1\r\n')
        : '-LOADING Redis is loading the dataset in memory\r\n',
    );
    redis = reader(loading);
    await expect(redis.info({ deadlineMs })).rejects.toMatchObject({
      reason: 'unreachable',
      code: 'LOADING',
      message: 'redis-1: the server is loading its data from disk, some 42 s to go',
    });
    expect(redis.state.phase).toBe('unreachable');
  });

  it('refuses even INFO while it loads, as an older one does', async () => {
    const loading = await fake(() => '-LOADING Redis is loading the dataset in memory\r\n');
    redis = reader(loading);
    await expect(redis.info({ deadlineMs })).rejects.toMatchObject({ reason: 'unreachable', code: 'LOADING' });
  });

  it('is full', async () => {
    const full = await fakeRedis(() => '-ERR max number of clients reached\r\n');
    ends.push(() => full.close());
    redis = reader(full);
    await expect(redis.info({ deadlineMs })).rejects.toMatchObject({
      reason: 'unreachable',
      message: 'redis-1: the server is full, no client slot is free',
    });
  });

  it('speaks only the older protocol', async () => {
    const old = await fakeRedis((command) =>
      command.startsWith('hello')
        ? "-ERR unknown command 'HELLO'\r\n"
        : command.startsWith('info')
          ? bulk('role:master\r\n')
          : '+OK\r\n',
    );
    ends.push(() => old.close());
    redis = reader(old, { password: async () => 'x' });
    expect((await redis.info({ deadlineMs })).get('role')).toBe('master');
  });

  it('is a replica: it says whose, and how the link is', async () => {
    const master = await server('repl-diskless-sync-delay 0');
    const replica = await server(`replicaof ${master.host} ${master.port}`, `masterauth ${master.password}`);
    redis = reader(replica, { password: async () => replica.password });
    await expect
      .poll(async () => (await redis.info({ deadlineMs })).get('master_link_status'), { timeout: 20_000 })
      .toBe('up');
    expect((await redis.info({ deadlineMs })).get('role')).toBe('slave');
  });
});

describe('Redis over TLS', () => {
  it('is read with its CA and its name, and not without', async () => {
    const files = await certificateFiles({ addresses: ['127.0.0.1'] });
    ends.push(() => files.remove());
    const port = await freePort();
    const plain = await server(
      `tls-port ${port}`,
      `tls-cert-file ${files.certificate}`,
      `tls-key-file ${files.key}`,
      `tls-ca-cert-file ${files.ca}`,
      'tls-auth-clients no',
    );
    const at = { host: '127.0.0.1', port };
    const password = async () => plain.password;
    redis = reader(at, { server: { tls: true, ca: files.ca }, password });
    expect((await redis.info({ deadlineMs })).get('role')).toBe('master');
    await redis.close();
    redis = reader(at, { server: { tls: true }, password });
    await expect(redis.info({ deadlineMs })).rejects.toMatchObject({
      reason: 'unreachable',
      message: expect.stringMatching(/not signed by an authority that till trusts/),
    });
    await redis.close();
    redis = reader(at, { server: { tls: true, ca: files.ca, host: 'redis.example' }, password });
    await expect(redis.info({ deadlineMs })).rejects.toMatchObject({ message: expect.stringMatching(/another name/) });
    await redis.close();
    redis = reader(plain, { server: { tls: true, ca: files.ca }, password });
    await expect(redis.info({ deadlineMs: 500 })).rejects.toMatchObject({ reason: 'unreachable' });
  });
});

describe('Redis behind sentinels', () => {
  it('is found by the name of its master, even when the first sentinel is away', async () => {
    const master = await server();
    const sentinel = await startSentinel(master);
    ends.push(() => sentinel.stop());
    redis = reader(master, {
      server: { sentinel: { master: 'shop', hosts: ['127.0.0.1:1', `127.0.0.1:${sentinel.port}`] } },
      password: async () => master.password,
      address: async () => {
        throw new Error('nobody asks for an address');
      },
    });
    const info = await redis.info({ deadlineMs });
    expect([info.get('role'), info.get('tcp_port')]).toEqual(['master', String(master.port)]);
  });

  it('is not found: no sentinel answers, or none knows the name', async () => {
    const master = await server();
    redis = reader(master, { server: { sentinel: { master: 'shop', hosts: ['127.0.0.1:1'] } } });
    await expect(redis.info({ deadlineMs })).rejects.toMatchObject({
      reason: 'unreachable',
      message: 'redis-1: no sentinel answers, the last asked was 127.0.0.1:1',
    });
    await redis.close();
    const sentinel = await startSentinel(master);
    ends.push(() => sentinel.stop());
    redis = reader(master, {
      server: { sentinel: { master: 'store', hosts: [`127.0.0.1:${sentinel.port}`] } },
    });
    await expect(redis.info({ deadlineMs })).rejects.toMatchObject({
      reason: 'unreachable',
      message: 'redis-1: the sentinels know no master store',
    });
  });

  it('is not reached through a port-forward: sentinels name addresses inside the cluster', async () => {
    const via = { cluster: 'eu', namespace: 'cache', service: 'sentinel', port: 26_379 };
    redis = reader({ host: '127.0.0.1', port: 1 }, { server: { via, sentinel: { master: 'shop', hosts: ['s1'] } } });
    await expect(redis.info({ deadlineMs })).rejects.toMatchObject({
      reason: 'unsupported',
      message: 'redis-1: `sentinel` and `via` do not go together',
    });
  });

  it('is not taken for the master while it is a replica: a failover is under way', async () => {
    const demoted = await fake((command) => (command.startsWith('info') ? bulk('role:slave\r\n') : '+OK\r\n'));
    const sentinel = await fake((command) =>
      command.startsWith('sentinel get-master-addr') ? list('127.0.0.1', String(demoted.port)) : list(),
    );
    redis = reader(demoted, { server: { sentinel: { master: 'shop', hosts: [`127.0.0.1:${sentinel.port}`] } } });
    await expect(redis.info({ deadlineMs })).rejects.toMatchObject({
      reason: 'unreachable',
      message: 'redis-1: what the sentinels name as master is a replica',
    });
  });
});
