import { size } from '#text/size.ts';
import { infoNumber } from '../redis-info.ts';
import { redisSignal } from '../signal.ts';

/** In percent of `maxmemory`, or of the machine's memory where it has no limit (facts: data-tier.md §3.1). */
export const signal = redisSignal({
  name: 'redis-memory',
  title: 'Redis memory',
  layer: 'platform',
  unit: 'percent',
  threshold: { direction: 'above', warn: 80, critical: 95 },
  every: 5,
  read(info, { source }) {
    const used = infoNumber(info, 'used_memory');
    const limit = infoNumber(info, 'maxmemory') ?? 0;
    const places = limit > 0 ? limit : infoNumber(info, 'total_system_memory');
    if (used === null || places === null || places === 0) {
      return { value: null, grade: 'unknown', reason: 'unsupported', message: 'INFO tells no memory' };
    }
    const value = Math.round((used / places) * 100);
    const of = limit > 0 ? size(limit) : `the machine's ${size(places)}`;
    const policy = info.get('maxmemory_policy') ?? '';
    return { value, message: `${size(used)} of ${of} used${whenFull(policy, limit)}`, cause: source };
  },
});

function whenFull(policy: string, limit: number): string {
  if (limit === 0) {
    return ', no maxmemory';
  }
  if (policy === '') {
    return '';
  }
  return policy === 'noeviction' ? ', noeviction: writes are refused when full' : `, ${policy}`;
}
