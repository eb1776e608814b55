import { span } from '#text/age.ts';
import { type PosSync, posSync } from '../queries/pos-sync.ts';
import { brief, counted } from '../reading.ts';
import { databaseSignal } from '../signal.ts';

/** In seconds within which 95 of 100 paid orders reached the server. */
export const signal = databaseSignal<PosSync>({
  name: 'pos-sync-lag',
  title: 'POS sync',
  layer: 'business',
  unit: 'seconds',
  threshold: { direction: 'above', warn: 120, critical: 900 },
  query: posSync,
  read({ orders, late, p95Seconds, worstSeconds, worstTill, ahead }) {
    const clocks = ahead === 0 ? '' : `; ${counted(ahead, 'order')} from a till whose clock is ahead`;
    if (orders === 0 || p95Seconds === null) {
      return { value: null, grade: 'ok', message: `no till order in 2 h${clocks}` };
    }
    const value = Math.round(p95Seconds);
    if (late === 0) {
      return { value, message: `95 % of ${counted(orders, 'order')} within ${span(value)}${clocks}` };
    }
    const worst = `worst ${span(worstSeconds ?? 0)}${worstTill === null ? '' : ` at ${brief(worstTill)}`}`;
    return { value, message: `${late} of ${counted(orders, 'order')} over 10 min late, ${worst}${clocks}` };
  },
});
