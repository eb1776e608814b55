import { span } from '#text/age.ts';
import { type Till, tills } from '../queries/tills.ts';
import { andMore, brief, counted, gradeAt, worseOf } from '../reading.ts';
import { databaseSignal, type Reading } from '../signal.ts';

/** A till is silent when it has sold nothing for this long, and for this many times its own usual pause. */
const silentSeconds = 30 * 60;
const pauses = 8;
/** … while others sell: the shop is open, and this till is not. */
const sellingSeconds = 15 * 60;
const othersSelling = 2;
/** Closing takes minutes, with a cashier beside it. */
const closingSeconds = 3600;
/** Odoo itself reminds of sessions this old (facts: odoo.md §3.4 S7). */
const forgottenSeconds = 7 * 86_400;

/** In tills that are open and do not sell. */
export const signal = databaseSignal<readonly Till[]>({
  name: 'silent-tills',
  title: 'Tills',
  layer: 'business',
  unit: 'count',
  threshold: { direction: 'above', warn: 1, critical: 3 },
  query: tills,
  read(observed, { threshold }) {
    const open = observed.filter(({ state, rescue }) => state === 'opened' && !rescue);
    const selling = open.filter(({ lastOrderSeconds }) => (lastOrderSeconds ?? Infinity) < sellingSeconds);
    const silent =
      selling.length < othersSelling ? [] : open.filter(isSilent).toSorted((a, b) => silenceOf(b) - silenceOf(a));
    const odd = oddSession(observed);
    const first = silent[0];
    if (first !== undefined) {
      const value = silent.length;
      const while_ = `while ${counted(selling.length, 'other')} ${selling.length === 1 ? 'sells' : 'sell'}`;
      const message = `till ${brief(first.till)} silent for ${span(silenceOf(first))}${andMore(value - 1)}, ${while_}`;
      return { value, grade: worseOf(gradeAt(value, threshold), odd === null ? 'ok' : 'warn'), message };
    }
    if (odd !== null) {
      return { value: 0, ...odd };
    }
    const sells = selling.length === 0 ? 'none has sold in 15 min' : `${selling.length} sold in 15 min`;
    return {
      value: 0,
      message: open.length === 0 ? 'no till is open' : `${counted(open.length, 'till')} open, ${sells}`,
    };
  },
});

/** Since its last order, or since it opened where it has had none; a till's clock ahead of ours is no silence. */
function silenceOf({ lastOrderSeconds, openSeconds }: Till): number {
  return Math.max(0, lastOrderSeconds ?? openSeconds ?? 0);
}

function isSilent(till: Till): boolean {
  const sold = Math.max(0, (till.openSeconds ?? 0) - silenceOf(till));
  const pause = till.orders < 2 ? silentSeconds / pauses : sold / till.orders;
  return silenceOf(till) >= Math.max(silentSeconds, pauses * pause);
}

/** Sessions that wait for a person: stuck while closing, made to rescue late orders, or never closed. */
function oddSession(observed: readonly Till[]): Pick<Reading, 'grade' | 'message'> | null {
  const closing = observed.filter(
    ({ state, stateSeconds }) => state === 'closing_control' && (stateSeconds ?? 0) >= closingSeconds,
  );
  if (closing[0] !== undefined) {
    const since = span(closing[0].stateSeconds ?? 0);
    return {
      grade: 'warn',
      message: `till ${brief(closing[0].till)} has been closing for ${since}${andMore(closing.length - 1)}`,
    };
  }
  const rescue = observed.filter(({ rescue: made }) => made);
  if (rescue[0] !== undefined) {
    const orders = counted(rescue[0].orders, 'late order');
    return {
      grade: 'warn',
      message: `rescue session of ${brief(rescue[0].till)} holds ${orders}${andMore(rescue.length - 1)}`,
    };
  }
  const old = observed.filter(({ openSeconds }) => (openSeconds ?? 0) >= forgottenSeconds);
  if (old[0] !== undefined) {
    const since = span(old[0].openSeconds ?? 0);
    return { grade: 'warn', message: `till ${brief(old[0].till)} open for ${since}${andMore(old.length - 1)}` };
  }
  return null;
}
