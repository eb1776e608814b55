import { span } from '#text/age.ts';
import { type Payments, payments } from '../queries/payments.ts';
import { brief, counted } from '../reading.ts';
import { databaseSignal } from '../signal.ts';

/** In payments that wait over half an hour for their provider. One is a customer's bank; many are the provider. */
export const signal = databaseSignal<Payments>({
  name: 'payments-pending',
  title: 'Payments pending',
  layer: 'business',
  unit: 'count',
  threshold: { direction: 'above', warn: 3, critical: 15 },
  query: payments,
  read({ pending, pendingSeconds, pendingAt }) {
    if (pending === 0) {
      return { value: 0, message: 'no payment pending over 30 min' };
    }
    const at = pendingAt === null ? '' : `, most at ${brief(pendingAt)}`;
    const oldest = span(pendingSeconds ?? 0);
    return { value: pending, message: `${counted(pending, 'payment')} pending over 30 min, oldest ${oldest}${at}` };
  },
});
