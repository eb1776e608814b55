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
  readonly address: () => Promise<Node>;
}

interface Node {
  readonly host: string;
  readonly port: number;
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
    const waiting = [await options.address()];
    for (let node = waiting.shift(); node !== undefined; node = waiting.shift()) {
      const { host, port } = node;
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
      let said: unknown = null;
      redis.on('error', (error: unknown) => {
        said ??= error;
      });
      try {
        await redis.connect();
        if (results.length === 0 && server.via === undefined) {
          waiting.push(...replicasIn(await redis.info('replication')));
        }
        results.push(await work(redis));
      } catch (error) {
        throw failure(`${name} ${host}:${port}`, said ?? error);
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

/** One of them may be master tomorrow, and users are not replicated. */
function replicasIn(info: string): readonly Node[] {
  return [...info.matchAll(/^slave\d+:ip=([^,]+),port=(\d+)/gmu)].map(([, host = '', port]) => ({
    host,
    port: Number(port),
  }));
}

/** An error that begins with a word in capitals is the server's own answer; so is being refused the connection. */
function failure(at: string, error: unknown): WriteFailure {
  const said = error instanceof Error ? error.message : String(error);
  const [code = null] = /^[A-Z]{3,}\b/.exec(said) ?? [];
  const isCertain = code !== null || /ECONNREFUSED|ENOTFOUND/.test(said);
  return new WriteFailure(isCertain ? 'refused' : 'unknown', `${at}: ${said}`, code);
}
