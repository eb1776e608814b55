import { span } from '#text/age.ts';
import { counted, gradeAt } from '../reading.ts';
import { growthOf, infoNumber } from '../redis-info.ts';
import { redisSignal } from '../signal.ts';

/** In keys since the sample before. An evicted session is a user logged out; an evicted cache entry is a cache's work. */
export const signal = redisSignal({
  name: 'redis-evictions',
  title: 'Redis evictions',
  layer: 'platform',
  unit: 'count',
  threshold: { direction: 'above', warn: 1, critical: 1 },
  every: 5,
  read(info, { previous, at, source, threshold, holds }) {
    const total = infoNumber(info, 'evicted_keys') ?? 0;
    if (total === 0) {
      return { value: 0, grade: 'ok', message: 'no key evicted since it started' };
    }
    const value = growthOf(info, previous?.value ?? null, (sample) => infoNumber(sample, 'evicted_keys') ?? 0);
    if (value === null || previous === null) {
      const message = `${counted(total, 'key')} evicted in all, no earlier sample to compare with`;
      return { value: null, grade: 'unknown', reason: 'no-baseline', message };
    }
    const window = span((at - previous.at) / 1000);
    if (value === 0) {
      return { value, grade: 'ok', message: `no key evicted in ${window}` };
    }
    if (holds === 'cache') {
      return { value, grade: 'ok', message: `${counted(value, 'cached key')} evicted in ${window}` };
    }
    const what = holds === 'queue' ? counted(value, 'queued entry', 'queued entries') : counted(value, 'session');
    const hurt = holds === 'queue' ? 'work is lost' : 'users are logged out';
    return { value, grade: gradeAt(value, threshold), message: `${what} evicted in ${window}: ${hurt}`, cause: source };
  },
});
