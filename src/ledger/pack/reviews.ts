import type { Grant } from '../access/grant.ts';
import { personOf } from '../access/people.ts';
import type { LedgerEntry } from '../entry.ts';
import type { LedgerState } from '../state.ts';
import type { PackFolder } from './pack-folder.ts';

const titles = [
  ...['person', 'kind', 'groups', 'os_accounts', 'postgres_logins', 'kubernetes_users', 'last_acted_at'],
  ...['last_granted_at', 'standing_grants', 'last_review_by', 'last_review_at', 'last_review_result'],
];

/** Who may do what as a rule, and when they last did: the list that is gone through twice a year (PCI DSS 7.2.4). */
export class ReviewTable {
  readonly #acted = new Map<string, string>();

  take({ kind, phase, at, actor }: LedgerEntry, { policy }: LedgerState): void {
    const person = policy === null ? null : personOf(actor.asserted, policy.body);
    if (person !== null && !(kind === 'ledger' && phase === 'read')) {
      this.#acted.set(person.name, at);
    }
  }

  write(folder: PackFolder, { policy }: LedgerState, grants: readonly Grant[]): void {
    const table = folder.table('access-review.csv', titles);
    for (const { name, kind, groups, os, postgres, kubernetes } of policy?.body.people ?? []) {
      const own = grants.filter(({ subject }) => subject === name);
      const standing = own.filter(({ form, status }) => form === 'standing' && status === 'active');
      const reviewed = own.flatMap(({ review }) => review ?? []).sort((a, b) => (a.at < b.at ? -1 : 1));
      const last = reviewed.at(-1);
      table.row([
        ...[name, kind, groups.join(' '), os.join(' '), postgres.join(' '), kubernetes.join(' ')],
        this.#acted.get(name) ?? null,
        own
          .flatMap(({ activatedAt }) => activatedAt ?? [])
          .sort()
          .at(-1) ?? null,
        standing.map(({ grant }) => grant).join(' '),
        ...[last?.person ?? null, last?.at ?? null, last?.verdict ?? null],
      ]);
    }
  }
}
