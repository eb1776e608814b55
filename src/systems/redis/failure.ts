import { clean } from '#text/clean.ts';
import { seconds } from '../deadline.ts';
import { networkFailure } from '../network.ts';
import { ReadFailure } from '../source.ts';

/** Of Redis, and complete: names the server. */
export class RedisFailure extends ReadFailure {}

export interface Place {
  /** The server's name in the estate. */
  readonly name: string;
  /** `host:port`, as it was reached; for Sentinel, the name of the master. */
  readonly at: string;
  /** Null where the estate names none: the server's `default` user. */
  readonly user: string | null;
}

/** What Redis or the way to it said. An error reply begins with its code: `WRONGPASS invalid username-password pair`. */
export function redisFailure(error: unknown, place: Place): ReadFailure {
  const { name, at, user } = place;
  if (error instanceof RedisFailure) {
    return error;
  }
  if (error instanceof ReadFailure) {
    // No password, no CA file, no port-forward: we did not even get to the server.
    return new RedisFailure(error.reason, `${name}: ${error.message}`, error.code, error);
  }
  const network = networkFailure(error, at);
  if (network !== null) {
    return new RedisFailure(network.reason, `${name}: ${network.message}`, network.code, error);
  }
  const message = clean(error instanceof Error ? error.message : String(error));
  const code = codes.exec(message)?.[0] ?? null;
  // The cause is left behind: ioredis hangs the command on its errors, and the command of a refused password is the password.
  const fail = (reason: ReadFailure['reason'], words: string) => new RedisFailure(reason, `${name}: ${words}`, code);
  const who = `user ${user ?? 'default'}`;
  switch (code) {
    case 'WRONGPASS':
      return fail('forbidden', `password refused for ${who}`);
    case 'NOAUTH':
      return fail('forbidden', `a password is asked of ${who}, and the estate names none`);
    case 'NOPERM':
      return fail('forbidden', `${who} may not run INFO`);
    case 'LOADING':
      return fail('unreachable', 'the server is loading its data from disk');
    case 'DENIED':
      return fail('forbidden', 'protected mode: the server answers on its own machine only until it has a password');
    default:
      if (/^(failed to connect to sentinel|connected to sentinel|All sentinels)/.test(message)) {
        return fail('unreachable', ofSentinels(message, at));
      }
      return fail(
        'unreachable',
        /max number of clients/.test(message) ? 'the server is full, no client slot is free' : message,
      );
  }
}

/** ioredis says it in words of its own, and at which sentinel it ended. */
function ofSentinels(message: string, master: string): string {
  if (/No such master|invalid reply: null/.test(message)) {
    return `the sentinels know no ${master}`;
  }
  const [, sentinel, why] = /^failed to connect to sentinel (\S+) because (.*)$/.exec(message) ?? [];
  const reason = why === undefined || why === 'Connection is closed.' ? '' : ` (${why})`;
  return sentinel === undefined
    ? 'no sentinel answers'
    : `no sentinel answers, the last asked was ${sentinel}${reason}`;
}

export function closed({ name, at }: Place, connected: boolean): ReadFailure {
  const when = connected ? 'while it was asked' : 'before it answered';
  return new RedisFailure('unreachable', `${name}: ${at} closed the connection ${when}`, 'ECONNRESET');
}

export function silence({ name, at }: Place, connected: boolean, milliseconds: number): ReadFailure {
  const heard = connected ? 'accepted the connection but did not answer' : 'did not answer';
  return new RedisFailure('unreachable', `${name}: ${at} ${heard} within ${seconds(milliseconds)}`, 'ETIMEDOUT');
}

// Also inside a longer text: ioredis puts what a sentinel said behind words of its own.
const codes = /\b(?:WRONGPASS|NOAUTH|NOPERM|LOADING|DENIED)\b/;
