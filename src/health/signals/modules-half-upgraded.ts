import { span } from '#text/age.ts';
import { type Modules, modules } from '../queries/modules.ts';
import { andMore, brief, gradeAt } from '../reading.ts';
import { databaseSignal, type Reading } from '../signal.ts';

/** An upgrade that runs leaves modules like this for minutes; one that died leaves them for good, and stops all crons. */
const anUpgradeLasts = 900;

export const signal = databaseSignal<Modules>({
  name: 'modules-half-upgraded',
  title: 'Modules',
  layer: 'application',
  unit: 'count',
  threshold: { direction: 'above', warn: 1, critical: null },
  query: modules,
  read(observed, { tenant, threshold }) {
    const value = observed.changing;
    if (!observed.odoo) {
      const message = `database ${brief(tenant.database ?? '')} is not Odoo's: it has no table ir_module_module`;
      return { value: null, grade: 'unknown', reason: 'unsupported', message };
    }
    if (observed.base === null) {
      return { value, grade: 'critical', message: 'half-installed: module base is not installed' };
    }
    if (observed.first === null) {
      return { value, message: `base ${brief(observed.base)}, no module half-upgraded` };
    }
    return { value, ...left(observed, observed.first, gradeAt(value, threshold)) };
  },
});

function left(
  { changing, changingSeconds }: Modules,
  first: { readonly name: string; readonly state: string },
  grade: Reading['grade'],
): Pick<Reading, 'grade' | 'message'> {
  const since = changingSeconds === null ? '' : ` for ${span(changingSeconds)}`;
  const stopped = (changingSeconds ?? 0) > anUpgradeLasts;
  return {
    grade: stopped ? 'critical' : (grade ?? 'warn'),
    message: `module ${brief(first.name)} "${brief(first.state)}"${since}${andMore(changing - 1)}: no cron runs`,
  };
}
