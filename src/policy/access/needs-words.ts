import type { Need } from '#ledger/access/rules.ts';

/** `1 of retail and 2 of sre`; `nobody` for none. */
export function needsWords(needs: readonly Need[]): string {
  return needs.length === 0 ? 'nobody' : needs.map(({ group, count }) => `${count} of ${group}`).join(' and ');
}
