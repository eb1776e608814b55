import { span } from '#text/age.ts';
import { type Payments, payments } from '../queries/payments.ts';
import { brief, counted, gradeAt, worseOf } from '../reading.ts';
import { databaseSignal } from '../signal.ts';

/** Odoo tries every ten minutes; after an hour it is not going to happen by itself. */
const hopeless = 3600;

/** In payments taken whose order is not confirmed: customers who paid and have nothing (facts: odoo.md §3.3 Payment). */
export const signal = databaseSignal<Payments>({
  name: 'payments-unprocessed',
  title: 'Payments unprocessed',
  layer: 'business',
  unit: 'count',
  threshold: { direction: 'above', warn: 1, critical: 3 },
  query: payments,
  read({ unprocessed, unprocessedSeconds, unprocessedAt }, { threshold }) {
    if (unprocessed === 0) {
      return { value: 0, message: 'every payment taken is processed' };
    }
    const seconds = unprocessedSeconds ?? 0;
    const at = unprocessedAt === null ? '' : `, most at ${brief(unprocessedAt)}`;
    const byCount = gradeAt(unprocessed, threshold);
    return {
      value: unprocessed,
      grade: byCount !== 'ok' && seconds >= hopeless ? worseOf(byCount, 'critical') : byCount,
      message: `${counted(unprocessed, 'payment')} taken, order not confirmed for ${span(seconds)}${at}`,
    };
  },
});
