import type { Grant } from '../access/grant.ts';
import { awaitsReview } from '../access/grant.ts';
import { type LedgerEntry, whoOf } from '../entry.ts';
import type { Verdict } from '../verifier/verdict.ts';
import type { PackFolder, PackTable } from './pack-folder.ts';
import { isWithin, type Span } from './span.ts';

const titles = ['seq', 'at', 'what', 'about', 'who', 'message'];

const ofTheLedger: Readonly<Record<string, string>> = {
  torn: 'entry never finished',
  acknowledged: 'went on with a ledger that did not hold',
  epoch: 'entries lost',
  'epoch-acknowledge': 'loss acknowledged',
  'import-begin': 'recorded elsewhere while the store was away',
  'import-end': 'import from elsewhere ended',
  'import-refused': 'recorded elsewhere, and not taken over',
  prune: 'entries taken out',
};

/** What an auditor asks about one by one: everything that did not go as it should (facts: access-audit.md §6.4). */
export class ExceptionTable {
  readonly #span: Span;
  readonly #table: PackTable;

  constructor(span: Span, folder: PackFolder) {
    this.#span = span;
    this.#table = folder.table('exceptions.csv', titles);
  }

  take(entry: LedgerEntry): void {
    if (!isWithin(this.#span, entry)) {
      return;
    }
    const status = entry.outcome?.status;
    if (entry.kind === 'operation' && (status === 'unknown' || status === 'indeterminate')) {
      this.#write(entry, 'outcome not known', entry.operation, entry.outcome?.message ?? null);
    }
    const known = entry.kind === 'ledger' ? ofTheLedger[entry.phase] : undefined;
    if (known !== undefined) {
      this.#write(entry, known, JSON.stringify(entry.params), entry.reason);
    }
    if (entry.spooled !== null) {
      const { host, user, at } = entry.spooled;
      this.#write(entry, 'spooled', entry.operation ?? entry.grant, `written at ${at} by ${user} on ${host}`);
    }
  }

  end(open: readonly LedgerEntry[], grants: readonly Grant[], verdict: Verdict): void {
    for (const entry of open) {
      this.#write(entry, 'intent without outcome', entry.operation, null);
    }
    for (const grant of grants.filter(awaitsReview)) {
      this.#table.row([grant.seq, grant.activatedAt, 'review outstanding', grant.grant, grant.subject, grant.reason]);
    }
    for (const { fault, seq, message } of verdict.findings) {
      this.#table.row([seq, null, `verification: ${fault}`, null, null, message]);
    }
    for (const { notice, seq, message } of verdict.remarks.filter((told) => told.notice !== 'orphan')) {
      this.#table.row([seq, null, `verification: ${notice}`, null, null, message]);
    }
  }

  #write(entry: LedgerEntry, what: string, about: string | null, message: string | null): void {
    this.#table.row([entry.seq, entry.at, what, about, whoOf(entry.actor.asserted), message]);
  }
}
