import { span } from '#text/age.ts';
import { type Orders, orders } from '../queries/orders.ts';
import { amount, counted, gradeAt } from '../reading.ts';
import { databaseSignal } from '../signal.ts';

/** Below this many orders in 15 minutes nothing can honestly be said (facts: odoo.md §3.4 S2). */
const leastBaseline = 10;

/** In percent of what is usual. */
export const signal = databaseSignal<Orders>({
  name: 'orders-rate',
  title: 'Orders',
  layer: 'business',
  unit: 'percent',
  symptom: true,
  threshold: { direction: 'below', warn: 50, critical: 25 },
  query: orders,
  read(observed, { threshold }) {
    const { recent, baseline, weeks } = observed;
    if (baseline === null) {
      const message = `${counted(recent, 'order')} in 15 min, no earlier week to compare with`;
      return { value: null, grade: 'unknown', reason: 'no-baseline', message };
    }
    const usual = `usual ${amount(baseline)} (same weekday and hour, ${counted(weeks, 'week')})`;
    if (baseline < leastBaseline) {
      const message = `${counted(recent, 'order')} in 15 min, ${usual}: too few to judge`;
      return { value: null, grade: 'unknown', reason: 'no-baseline', message };
    }
    const value = Math.round((recent / baseline) * 100);
    const grade = isChance(recent, baseline) ? 'ok' : gradeAt(value, threshold);
    return { value, grade, message: `${howMany(observed)}, ${usual}` };
  },
});

/** Orders come by chance: a shop that usually has 12 has 6 now and then. Three standard deviations are no accident. */
function isChance(recent: number, baseline: number): boolean {
  return baseline - recent < 3 * Math.sqrt(baseline);
}

function howMany({ recent, lastOrderSeconds }: Orders): string {
  if (recent > 0) {
    return `${counted(recent, 'order')} in 15 min`;
  }
  if (lastOrderSeconds === null) {
    return 'no order for over 7 days';
  }
  const since = lastOrderSeconds < 7200 ? `${Math.round(lastOrderSeconds / 60)} min` : span(lastOrderSeconds);
  return `no order for ${since}`;
}
