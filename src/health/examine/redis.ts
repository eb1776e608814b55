import type { RedisReader } from '#systems/redis/server.ts';
import { ReadFailure } from '#systems/source.ts';
import { clean } from '#text/clean.ts';
import { type Finding, flaw, ok } from '../finding.ts';
import { signals } from '../signals/index.ts';

const oldest = 6;

export async function examineRedis(name: string, reader: RedisReader): Promise<readonly Finding[]> {
  const subject = `redis/${name}`;
  try {
    const info = await reader.info({ deadlineMs: 3000 });
    const version = clean(info.get('redis_version') ?? '?');
    const role = clean(info.get('role') ?? '?');
    return [
      Number.parseInt(version, 10) < oldest
        ? flaw(subject, 'version', 'weak', `Redis ${version}: till is made for ${oldest} and newer`)
        : ok(subject, 'version', `reached, Redis ${version}, ${role}`),
      info.get('maxmemory') === '0'
        ? flaw(subject, 'maxmemory', 'weak', 'no limit is set: memory can only be judged against the machine', {
            hides: ['redis-memory'],
          })
        : ok(subject, 'maxmemory', 'set'),
    ];
  } catch (error) {
    if (error instanceof ReadFailure) {
      return [
        flaw(subject, 'reached', error.reason === 'forbidden' ? 'missing' : 'away', error.message, {
          hides: signals.flatMap((signal) => (signal.from === 'redis' ? [signal.name] : [])),
        }),
      ];
    }
    throw error;
  }
}
