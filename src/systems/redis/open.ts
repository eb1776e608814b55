import type { RedisServer } from '#estate/schema.ts';
import type { Clock } from '#text/clock.ts';
import { openBreaker } from '../breaker.ts';
import { openHearing } from '../hearing.ts';
import { openPassword } from '../password.ts';
import { namesOf, tlsOptions } from '../tls.ts';
import { type Connection, connect, type Target } from './connection.ts';
import { RedisFailure } from './failure.ts';
import type { RedisInfo, RedisReader } from './server.ts';

export interface RedisReaderOptions {
  readonly name: string;
  readonly server: RedisServer;
  readonly password: () => Promise<string | undefined>;
  readonly sentinelPassword?: () => Promise<string | undefined>;
  /** Where it is reached: directly, or the near end of a port-forward. Not asked when sentinels say where. */
  readonly address: () => Promise<{ readonly host: string; readonly port: number }>;
  readonly clock: Clock;
}

/** Connects at the first ask and keeps one connection. */
export function openRedis(options: RedisReaderOptions): RedisReader {
  const { name, server, clock } = options;
  const hearing = openHearing(`redis/${name}`, clock);
  const breaker = openBreaker({ clock });
  const password = openPassword(options.password);
  let kept: Connection | null = null;
  let turn: Promise<unknown> = Promise.resolve();
  let stopped = false;

  const door = { name, clock, user: server.username ?? null, target };

  async function target(): Promise<Target> {
    const [secret, tls, where] = await Promise.all([
      password.get(),
      tlsOptions({ mode: server.tls ? 'verify-full' : 'disable', ca: server.ca, names: namesOf(server) }),
      place(),
    ]);
    return { ...where, username: server.username, password: secret, tls };
  }

  async function place(): Promise<Pick<Target, 'at' | 'address'>> {
    const { sentinel } = server;
    if (sentinel === undefined) {
      const address = await options.address();
      return { at: `${address.host}:${address.port}`, address };
    }
    if (server.via !== undefined) {
      // Sentinels name addresses inside the cluster, which a port-forward to a Service does not reach.
      throw new RedisFailure('unsupported', `${name}: \`sentinel\` and \`via\` do not go together`);
    }
    const secret = (await options.sentinelPassword?.()) ?? '';
    const hosts = sentinel.hosts.map(hostAndPort);
    return { at: `master ${sentinel.master}`, address: { master: sentinel.master, hosts, password: secret } };
  }

  async function enter(deadlineMs: number): Promise<Connection> {
    const connection = await connect(door, deadlineMs).catch((failure: unknown) => {
      if (failure instanceof RedisFailure && failure.code === 'WRONGPASS' && password.refused()) {
        // It was good before: it may have been rotated since.
        return connect(door, deadlineMs);
      }
      throw failure;
    });
    password.accepted();
    if (stopped) {
      connection.end();
      throw new RedisFailure('not-probed', `${name}: till has stopped reading`);
    }
    return connection;
  }

  async function read(deadlineMs: number): Promise<RedisInfo> {
    const startedAt = clock.monotonic();
    const left = () => deadlineMs - (clock.monotonic() - startedAt);
    if (kept?.alive) {
      try {
        return usable(await kept.info(deadlineMs));
      } catch (failure) {
        if (isFailure(failure) && failure.code === 'ETIMEDOUT') {
          breaker.failed(failure, startedAt);
        }
        // A connection that was kept may have died unnoticed; a fresh one tells how the server is.
        if (!isFailure(failure) || failure.code !== 'ECONNRESET') {
          throw failure;
        }
      }
    }
    kept = await breaker.try(false, () => enter(left()), isFailure);
    return usable(await kept.info(left()));
  }

  /** INFO is answered even while the data is being read from disk, and by a master that has been demoted. */
  function usable(info: RedisInfo): RedisInfo {
    if (info.get('loading') === '1') {
      const eta = info.get('loading_eta_seconds');
      const rest = eta === undefined ? '' : `, some ${eta} s to go`;
      throw new RedisFailure('unreachable', `${name}: the server is loading its data from disk${rest}`, 'LOADING');
    }
    if (server.sentinel !== undefined && info.get('role') !== 'master') {
      kept?.end();
      throw new RedisFailure('unreachable', `${name}: what the sentinels name as master is a replica`, 'READONLY');
    }
    return info;
  }

  return {
    name,
    get state() {
      return hearing.state;
    },
    info({ deadlineMs }) {
      const mine = turn.then(async () => {
        try {
          const info = await read(deadlineMs);
          hearing.heard();
          return info;
        } catch (failure) {
          if (isFailure(failure)) {
            hearing.failed(failure);
          }
          throw failure;
        }
      });
      turn = mine.catch(() => undefined);
      return mine;
    },
    async close() {
      stopped = true;
      hearing.stopped();
      kept?.end();
    },
  };
}

function isFailure(failure: unknown): failure is RedisFailure {
  return failure instanceof RedisFailure;
}

function hostAndPort(text: string): { host: string; port: number } {
  const [, host = text, port] = /^(.*?)(?::(\d+))?$/.exec(text) ?? [];
  return { host: host.replace(/^\[|\]$/g, ''), port: port === undefined ? 26_379 : Number(port) };
}
