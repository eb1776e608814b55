import { hash } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { RedisServer } from '#estate/schema.ts';
import { ReadFailure } from '../source.ts';
import { namesOf, tlsOptions } from '../tls.ts';
import { WriteFailure } from '../write-failure.ts';
import type { RedisAcl } from './acl.ts';

export interface RedisAclOptions {
  readonly name: string;
  readonly server: RedisServer;
  readonly password: () => Promise<string | undefined>;
  /** Every node: the master and its replicas, since one of them may be master tomorrow. */
  readonly nodes: () => Promise<readonly { readonly host: string; readonly port: number }[]>;
}

const deadlineMs = 5_000;

export function openRedisAcl(options: RedisAclOptions): RedisAcl {
  const onEach = async <T>(work: (redis: Redis) => Promise<T>, as = 'till'): Promise<readonly T[]> => {
    const { server, name } = options;
    const { Redis: Client } = await import('ioredis');
    const tls = await tlsOptions({
      mode: server.tls ? 'verify-full' : 'disable',
      ca: server.ca,
      names: namesOf(server),
    });
    const password = (await options.password()) ?? '';
    const results: T[] = [];
    for (const { host, port } of await options.nodes()) {
      const redis = new Client({
        ...{ host, port, connectionName: as, lazyConnect: true, enableOfflineQueue: false, maxRetriesPerRequest: 1 },
        ...(tls === null ? {} : { tls }),
        ...(server.username === undefined ? {} : { username: server.username }),
        ...(password === '' ? {} : { password }),
        retryStrategy: () => null,
        connectTimeout: deadlineMs,
        commandTimeout: deadlineMs,
        enableReadyCheck: false,
        disableClientInfo: true,
      });
      redis.on('error', () => undefined);
      try {
        await redis.connect();
        results.push(await work(redis));
      } catch (error) {
        const said = error instanceof Error ? error.message : String(error);
        const [code = ''] = /^[A-Z]{3,}/.exec(said) ?? [];
        throw new WriteFailure(code === '' ? 'unknown' : 'refused', `${name} ${host}:${port}: ${said}`, code || null);
      } finally {
        redis.disconnect();
      }
    }
    return results;
  };

  return {
    async makeUser({ id }, { name, password, commands, keys }) {
      // As a hash: what MONITOR or the slow log shows is then no password.
      const rules = ['reset', 'on', `#${hash('sha256', password)}`, ...keys.map((key) => `~${key}`), ...commands];
      const made = await onEach((redis) => redis.call('ACL', 'SETUSER', name, ...rules), `till/${id}`);
      return { nodes: made.length };
    },
    async endUser({ id }, name) {
      const gone = await onEach((redis) => redis.call('ACL', 'DELUSER', name), `till/${id}`);
      return gone.some((count) => Number(count) > 0);
    },
    async found() {
      try {
        const users = await onEach((redis) => redis.call('ACL', 'USERS'));
        const names = users.flat().map(String);
        return [...new Set(names.filter((name) => name.startsWith('till-g-')))].sort();
      } catch (error) {
        throw error instanceof WriteFailure ? new ReadFailure('unreachable', error.message, error.code) : error;
      }
    },
    close: async () => undefined,
  };
}
