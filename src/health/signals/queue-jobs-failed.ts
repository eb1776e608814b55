import { type QueueGroup, queue } from '../queries/queue.ts';
import { brief, counted } from '../reading.ts';
import { databaseSignal } from '../signal.ts';

/** In jobs of the last hour: failed ones stay until somebody looks, and old ones are nobody's alarm. */
export const signal = databaseSignal<readonly QueueGroup[]>({
  name: 'queue-jobs-failed',
  title: 'Jobs failed',
  layer: 'application',
  unit: 'count',
  threshold: { direction: 'above', warn: 3, critical: 50 },
  query: queue,
  read(observed) {
    const failed = observed.filter(({ state }) => state === 'failed');
    const value = failed.reduce((sum, { failedLately }) => sum + failedLately, 0);
    const total = failed.reduce((sum, { count }) => sum + count, 0);
    const older = total > value ? `, ${counted(total - value, 'older one')} left` : '';
    const worst = failed.toSorted((a, b) => b.failedLately - a.failedLately)[0];
    if (value === 0 || worst === undefined) {
      return { value, message: `no job failed in an hour${older}` };
    }
    const exception = worst.failedWith === null ? '' : `, most with ${brief(worst.failedWith, 60)}`;
    const where = ` in ${brief(worst.channel)}`;
    return { value, message: `${counted(value, 'job')} failed in an hour${where}${exception}${older}` };
  },
});
