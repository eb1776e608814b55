import { span } from '#text/age.ts';
import { counted } from '../reading.ts';
import { infoNumber } from '../redis-info.ts';
import { redisSignal } from '../signal.ts';

/** In seconds that changes have waited to be saved. With a failed save Redis refuses writes by default. */
export const signal = redisSignal({
  name: 'redis-last-save',
  title: 'Redis save',
  layer: 'platform',
  unit: 'seconds',
  threshold: { direction: 'above', warn: 6 * 3600, critical: null },
  every: 5,
  read(info, { source, now }) {
    const savedAt = infoNumber(info, 'rdb_last_save_time');
    const age = savedAt === null ? null : Math.max(0, now / 1000 - savedAt);
    const ago = age === null ? '' : `, last one ${span(age)} ago`;
    if (info.get('rdb_last_bgsave_status') === 'err') {
      const message = `the last save to disk failed${ago}: writes are refused unless told otherwise`;
      return { value: age === null ? null : Math.floor(age), grade: 'critical', message, cause: source };
    }
    if (info.get('aof_enabled') === '1') {
      return info.get('aof_last_write_status') === 'err'
        ? { value: null, grade: 'critical', message: 'the append-only file cannot be written', cause: source }
        : { value: 0, message: 'append-only file is written' };
    }
    const changes = infoNumber(info, 'rdb_changes_since_last_save') ?? 0;
    // With saving switched off the "last save" is the start; 7.0 and later count saves, and so tell it.
    if (age === null || infoNumber(info, 'rdb_saves') === 0) {
      return null;
    }
    const value = changes === 0 ? 0 : Math.floor(age);
    return { value, message: `${counted(changes, 'change')} not saved${ago}`, cause: source };
  },
});
