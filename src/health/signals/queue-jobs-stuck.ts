import { span } from '#text/age.ts';
import { type QueueGroup, queue } from '../queries/queue.ts';
import { brief, counted } from '../reading.ts';
import { databaseSignal } from '../signal.ts';

/** In jobs: a killed worker leaves them started for ever, a dead runner handed out (facts: odoo.md §3.1 queue_job). */
export const signal = databaseSignal<readonly QueueGroup[]>({
  name: 'queue-jobs-stuck',
  title: 'Jobs stuck',
  layer: 'application',
  unit: 'count',
  threshold: { direction: 'above', warn: 1, critical: 10 },
  query: queue,
  read(observed) {
    const groups = observed.filter(({ stuck }) => stuck > 0);
    const worst = groups.toSorted((a, b) => (b.stuckSeconds ?? 0) - (a.stuckSeconds ?? 0))[0];
    if (worst === undefined) {
      return { value: 0, message: 'no job is stuck' };
    }
    const value = groups.reduce((sum, { stuck }) => sum + stuck, 0);
    const job = worst.stuckJob === null || worst.stuckJob === '' ? '' : `: ${brief(worst.stuckJob, 60)}`;
    const since = span(worst.stuckSeconds ?? 0);
    return { value, message: `${counted(value, 'job')} stuck, one ${brief(worst.state)} ${since} ago${job}` };
  },
});
