import type { RedisInfo } from '#systems/redis/server.ts';
import { span } from '#text/age.ts';
import { counted } from '../reading.ts';
import { errorCount, growthOf } from '../redis-info.ts';
import { redisSignal } from '../signal.ts';

/** Errors with which Redis refuses to write: full, failing to save, too few replicas, or a replica itself. */
const refusals = {
  OOM: 'memory is full',
  MISCONF: 'it cannot save to disk',
  NOREPLICAS: 'too few replicas',
  READONLY: 'it is a replica',
} as const;

const errors = Object.keys(refusals) as (keyof typeof refusals)[];

/** In writes since the sample before. */
export const signal = redisSignal({
  name: 'redis-refused-writes',
  title: 'Redis writes',
  layer: 'platform',
  unit: 'count',
  threshold: { direction: 'above', warn: 1, critical: 1 },
  every: 5,
  read(info, { previous, at, source }) {
    const total = allOf(info);
    if (total === 0) {
      return { value: 0, message: 'no write refused since it started' };
    }
    const value = growthOf(info, previous?.value ?? null, allOf);
    if (value === null || previous === null) {
      const message = `${counted(total, 'write')} refused in all, no earlier sample to compare with`;
      return { value: null, grade: 'unknown', reason: 'no-baseline', message };
    }
    const window = span((at - previous.at) / 1000);
    if (value === 0) {
      return { value, message: `no write refused in ${window}` };
    }
    const worst =
      errors.toSorted((a, b) => grown(b, info, previous.value) - grown(a, info, previous.value))[0] ?? 'OOM';
    const message = `${counted(value, 'write')} refused in ${window}: ${worst}, ${refusals[worst]}`;
    return { value, message, cause: source };
  },
});

function allOf(info: RedisInfo): number {
  return errors.reduce((sum, error) => sum + errorCount(info, error), 0);
}

function grown(error: string, now: RedisInfo, before: RedisInfo): number {
  return errorCount(now, error) - errorCount(before, error);
}
