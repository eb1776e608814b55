import { type Counters, counters, countersOf } from '../queries/counters.ts';
import { amount, brief, gradeAt, worseOf } from '../reading.ts';
import { serverSignal } from '../signal.ts';

/** The server refuses to write when 3 million of these are left (facts: data-tier.md §1.4 Wraparound). */
const end = 2 ** 31;

/** In transactions since the oldest row was frozen. */
export const signal = serverSignal<Counters>({
  name: 'wraparound',
  title: 'Transaction ids',
  layer: 'platform',
  unit: 'count',
  threshold: { direction: 'above', warn: 1_000_000_000, critical: 1_600_000_000 },
  query: counters,
  read(observed, { tenant, threshold }) {
    const own = countersOf(observed, tenant.database);
    if (own === null) {
      return null;
    }
    const value = own.age;
    const share = `${Math.floor((value / end) * 100)} % of the way to wraparound`;
    // Twice the age at which vacuum freezes by force: it tries and does not get there.
    const late = value > 2 * observed.freezeMax;
    const grade = worseOf(gradeAt(value, threshold), late ? 'warn' : 'ok');
    if (grade === 'ok') {
      return { value, grade, message: share };
    }
    const name = brief(tenant.database ?? '');
    return { value, grade, message: `${name} not frozen for ${amount(value)} transactions, ${share}` };
  },
});
