import { span } from '#text/age.ts';
import { type Cron, crons } from '../queries/crons.ts';
import { andMore, counted, quoted } from '../reading.ts';
import { databaseSignal } from '../signal.ts';

/** In failures in a row of the worst. Odoo 18 and later count them; before, a failing cron leaves no trace to read. */
export const signal = databaseSignal<readonly Cron[]>({
  name: 'crons-failing',
  title: 'Crons failing',
  layer: 'application',
  unit: 'count',
  threshold: { direction: 'above', warn: 1, critical: 3 },
  query: crons,
  read(observed) {
    if (observed.every(({ failures }) => failures === null)) {
      return null;
    }
    const off = observed.filter(({ switchedOff }) => switchedOff);
    if (off[0] !== undefined) {
      const message = `cron ${quoted(off[0].name)} was switched off by Odoo after failing for a week${andMore(off.length - 1)}`;
      return { value: off.length, grade: 'critical', message };
    }
    const failing = observed.filter(({ failures }) => (failures ?? 0) > 0);
    const worst = failing.toSorted((a, b) => (b.failures ?? 0) - (a.failures ?? 0))[0];
    if (worst === undefined) {
      return { value: 0, message: 'no cron fails' };
    }
    const value = worst.failures ?? 0;
    const since = worst.failingSeconds === null ? '' : ` over ${span(worst.failingSeconds)}`;
    const times = counted(value, 'time');
    return {
      value,
      message: `cron ${quoted(worst.name)} failed ${times} in a row${since}${andMore(failing.length - 1)}`,
    };
  },
});
