import { span } from '#text/age.ts';
import { type Cron, crons } from '../queries/crons.ts';
import { andMore, counted, quoted } from '../reading.ts';
import { databaseSignal } from '../signal.ts';

/** In seconds of the latest. Odoo's own poll comes once a minute, and a cron is late for as long as it runs. */
export const signal = databaseSignal<readonly Cron[]>({
  name: 'crons-overdue',
  title: 'Crons overdue',
  layer: 'application',
  unit: 'seconds',
  symptom: true,
  threshold: { direction: 'above', warn: 600, critical: 1800 },
  query: crons,
  read(observed, { threshold }) {
    const active = observed.filter(({ switchedOff }) => !switchedOff);
    const latest = active.toSorted((a, b) => b.lateSeconds - a.lateSeconds)[0];
    if (latest === undefined) {
      return { value: null, grade: 'ok', message: 'no cron is active' };
    }
    const value = Math.floor(latest.lateSeconds);
    const bound = threshold?.warn ?? 600;
    const late = active.filter(({ lateSeconds }) => lateSeconds >= bound);
    if (late.length === 0) {
      return { value, message: `${counted(active.length, 'cron')}, none overdue` };
    }
    return { value, message: `cron ${quoted(latest.name)} overdue ${span(value)}${andMore(late.length - 1)}` };
  },
});
