import type { HttpAnswer } from '#systems/odoo/front.ts';
import { clean } from '#text/clean.ts';

/** What says that a 200 is an error all the same: Odoo's own page for it, or its database manager (facts: odoo.md §1.1, §1.3). */
const errors =
  /Traceback \(most recent call last\)|Odoo Server Error|Internal Server Error|\/web\/database\/(?:selector|manager)|database manager has been disabled/i;

/** Null for a login page; else what it is. */
export function faultOfPage({ status, location, body }: HttpAnswer): string | null {
  if (status !== 200) {
    const where = location === null ? '' : ` to ${clean(location).slice(0, 200)}`;
    return status === 303
      ? `/web/login answered 303${where}: Odoo does not select the database`
      : `/web/login answered ${status}${where}`;
  }
  if (errors.test(body)) {
    return '/web/login answered 200 with an error page';
  }
  return /<html/i.test(body) ? null : '/web/login answered 200 with no page';
}

const bad = / (?:ERROR|CRITICAL) |Some modules are not loaded|inconsistent states|Skipping database /;

/** The lines of Odoo's log that a restored database should not bring about, at most so many (facts: odoo.md §2.2, §4.3 step 9). */
export function faultsInLog(log: string, most = 3): readonly string[] {
  return log
    .split('\n')
    .filter((line) => bad.test(line))
    .slice(0, most)
    .map((line) => clean(line).slice(0, 300));
}
