import { span } from '#text/age.ts';
import { type QueueGroup, queue } from '../queries/queue.ts';
import { brief, counted } from '../reading.ts';
import { databaseSignal } from '../signal.ts';

/** In seconds that the oldest job has been ready to run. How many wait says less: a nightly import queues thousands. */
export const signal = databaseSignal<readonly QueueGroup[]>({
  name: 'queue-jobs-waiting',
  title: 'Jobs waiting',
  layer: 'application',
  unit: 'seconds',
  threshold: { direction: 'above', warn: 900, critical: 3600 },
  query: queue,
  read(observed) {
    const waiting = observed.filter(({ state, count }) => state === 'pending' && count > 0);
    const worst = waiting.toSorted((a, b) => (b.oldestSeconds ?? 0) - (a.oldestSeconds ?? 0))[0];
    if (worst === undefined) {
      return { value: 0, message: 'no job waits' };
    }
    const value = Math.max(0, Math.floor(worst.oldestSeconds ?? 0));
    const count = waiting.reduce((sum, group) => sum + group.count, 0);
    return { value, message: `${counted(count, 'job')} waiting, oldest ${span(value)} in ${brief(worst.channel)}` };
  },
});
