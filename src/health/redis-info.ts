import type { RedisInfo } from '#systems/redis/server.ts';

/** A number of INFO; null when this version does not tell it, or it is no number. */
export function infoNumber(info: RedisInfo, key: string): number | null {
  const text = info.get(key);
  if (text === undefined || text === '') {
    return null;
  }
  const number = Number(text);
  return Number.isFinite(number) ? number : null;
}

/** `count=24` of an `errorstat_…` line (6.2 and later), 0 where that error has never happened. */
export function errorCount(info: RedisInfo, error: string): number {
  const count = /count=(\d+)/.exec(info.get(`errorstat_${error}`) ?? '')?.[1];
  return count === undefined ? 0 : Number(count);
}

/**
 * How much a counter grew since an earlier INFO; null when they cannot be compared: another server answers (after a
 * failover), it was restarted, or its statistics were reset (facts: data-tier.md §1.5).
 */
export function growthOf(
  now: RedisInfo,
  before: RedisInfo | null,
  counter: (info: RedisInfo) => number,
): number | null {
  if (before === null || now.get('run_id') !== before.get('run_id')) {
    return null;
  }
  const growth = counter(now) - counter(before);
  return growth < 0 ? null : growth;
}
