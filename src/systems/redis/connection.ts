import type { ConnectionOptions } from 'node:tls';
import type { Redis, RedisOptions } from 'ioredis';
import type { Clock } from '#text/clock.ts';
import { within } from '../deadline.ts';
import { closed, type Place, redisFailure, silence } from './failure.ts';
import { parseInfo } from './info.ts';
import type { RedisInfo } from './server.ts';

/** Where a connection goes, asked anew for each. */
export interface Target {
  /** `host:port`, or the master that the sentinels are asked for. */
  readonly at: string;
  readonly address: { readonly host: string; readonly port: number } | Sentinels;
  readonly username: string | undefined;
  readonly password: string;
  readonly tls: ConnectionOptions | null;
}

interface Sentinels {
  readonly master: string;
  readonly hosts: readonly { readonly host: string; readonly port: number }[];
  readonly password: string;
}

export interface Connection {
  readonly alive: boolean;
  info(deadlineMs: number): Promise<RedisInfo>;
  end(): void;
}

interface Door {
  readonly name: string;
  readonly clock: Clock;
  readonly user: string | null;
  target(): Promise<Target>;
}

/**
 * One connection without any of ioredis' own retries: it would try for minutes and say only "Connection is closed."
 * (facts: data-tier.md §0.5, §3.5). When and whether to try again is the breaker's.
 */
export async function connect(door: Door, deadlineMs: number): Promise<Connection> {
  const { Redis } = await import('ioredis');
  let place: Place = { name: door.name, at: door.name, user: door.user };
  let redis: Redis | null = null;
  let late = false;
  let accepted = false;
  let said: unknown = null;

  async function enter(): Promise<Redis> {
    const target = await door.target();
    place = { ...place, at: target.at };
    if (late) {
      throw silence(place, accepted, deadlineMs);
    }
    const made = new Redis(optionsFor(target, deadlineMs));
    redis = made;
    made.on('connect', () => {
      accepted = true;
    });
    // What is rejected says "Connection is closed."; the cause comes here, once or many times. The first one counts.
    made.on('error', (error: unknown) => {
      said ??= error;
    });
    // Of sentinels the last word counts: the others were passed over.
    made.on('sentinelError', (error: unknown) => {
      said = error;
    });
    await made.connect();
    return made;
  }

  try {
    const made = await within(deadlineMs, enter(), () => {
      late = true;
      redis?.disconnect();
      return silence(place, accepted, deadlineMs);
    });
    return open(made, place);
  } catch (error) {
    redis = end(redis);
    throw isClosed(error) && said === null ? closed(place, false) : redisFailure(said ?? error, place);
  }
}

function end(redis: Redis | null): null {
  redis?.disconnect();
  return null;
}

function open(redis: Redis, place: Place): Connection {
  let alive = true;
  redis.once('close', () => {
    alive = false;
  });

  function drop(): void {
    alive = false;
    redis.disconnect();
  }

  return {
    get alive() {
      return alive;
    },
    async info(deadlineMs) {
      try {
        // After a time-out the reply would still come and be taken for the next one's, so the connection goes too.
        const text = await within(deadlineMs, redis.info('everything'), () => {
          drop();
          return silence(place, false, deadlineMs);
        });
        return parseInfo(text);
      } catch (error) {
        if (!alive && isClosed(error)) {
          throw closed(place, true);
        }
        throw redisFailure(error, place);
      }
    },
    end: drop,
  };
}

function isClosed(error: unknown): boolean {
  return error instanceof Error && /Connection is closed|Stream isn't writeable|aborted due to/.test(error.message);
}

function optionsFor(
  { address, username, password, tls }: Target,
  deadlineMs: number,
): RedisOptions & { replyMapping: 'legacy' } {
  const where =
    'master' in address
      ? {
          name: address.master,
          sentinels: address.hosts.map((host) => ({ ...host })),
          role: 'master' as const,
          sentinelRetryStrategy: () => null,
          sentinelCommandTimeout: deadlineMs,
          enableTLSForSentinelMode: tls !== null,
          ...(address.password === '' ? {} : { sentinelPassword: address.password }),
          ...(tls === null ? {} : { sentinelTLS: tls }),
        }
      : { host: address.host, port: address.port };
  return {
    ...where,
    ...(tls === null ? {} : { tls }),
    ...(username === undefined ? {} : { username }),
    ...(password === '' ? {} : { password }),
    replyMapping: 'legacy',
    connectionName: 'till',
    lazyConnect: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    retryStrategy: () => null,
    connectTimeout: deadlineMs,
    keepAlive: 10_000,
    // A server that hangs does not answer a goodbye either.
    disconnectTimeout: 50,
    // Reads INFO itself and prints to the terminal when it may not; we read INFO anyway.
    enableReadyCheck: false,
    // CLIENT SETINFO is unknown before 7.2 and refused to a narrow user: it would count as an error in errorstats.
    disableClientInfo: true,
  };
}
