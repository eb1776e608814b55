import { span } from '#text/age.ts';
import { type Counters, counters, countersOf } from '../queries/counters.ts';
import { counted } from '../reading.ts';
import { serverSignal } from '../signal.ts';

/** In deadlocks since the sample before. Odoo tries a transaction again five times, so one is no disaster. */
export const signal = serverSignal<Counters>({
  name: 'deadlocks',
  title: 'Deadlocks',
  layer: 'platform',
  unit: 'count',
  threshold: { direction: 'above', warn: 1, critical: 10 },
  query: counters,
  read(observed, { tenant, previous, at }) {
    const now = countersOf(observed, tenant.database);
    if (now === null) {
      return null;
    }
    if (now.deadlocks === 0) {
      return { value: 0, message: 'no deadlock since the counters began' };
    }
    const before = previous === null ? null : countersOf(previous.value, tenant.database);
    if (previous === null || before === null || before.epoch !== now.epoch || before.deadlocks > now.deadlocks) {
      const message = `${counted(now.deadlocks, 'deadlock')} in all, no earlier sample to compare with`;
      return { value: null, grade: 'unknown', reason: 'no-baseline', message };
    }
    const value = now.deadlocks - before.deadlocks;
    const window = span((at - previous.at) / 1000);
    return { value, message: value === 0 ? `none in ${window}` : `${counted(value, 'deadlock')} in ${window}` };
  },
});
