import { span } from '#text/age.ts';
import { type Pickings, pickings } from '../queries/pickings.ts';
import { amount, brief, counted } from '../reading.ts';
import { databaseSignal } from '../signal.ts';

/** A warehouse that is never late is not in trouble with its first three. */
const leastUsual = 5;

/** In times what is usual for this tenant. */
export const signal = databaseSignal<Pickings>({
  name: 'pickings-late',
  title: 'Pickings late',
  layer: 'business',
  unit: 'ratio',
  threshold: { direction: 'above', warn: 2, critical: 5 },
  query: pickings,
  read({ late, usual, oldestSeconds, kind, ofKind }) {
    const value = Math.round((late / Math.max(usual, leastUsual)) * 10) / 10;
    if (late === 0) {
      return { value, message: 'no picking of this week is a day late' };
    }
    const share = ofKind === late ? 'all' : `${amount(ofKind)} of them`;
    const most = kind === null ? '' : `, ${share} ${brief(kind)}`;
    const oldest = oldestSeconds === null ? '' : `, oldest planned ${span(oldestSeconds)} ago`;
    return { value, message: `${counted(late, 'picking')} a day late, usual ${amount(usual)}${most}${oldest}` };
  },
});
