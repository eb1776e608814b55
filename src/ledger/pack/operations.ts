import { type LedgerEntry, whoOf } from '../entry.ts';
import type { PackFolder, PackTable } from './pack-folder.ts';
import { isWithin, type Span } from './span.ts';

const titles = [
  ...[
    'op_id',
    'grant',
    'actor',
    'action',
    'tenants',
    'object',
    'reason',
    'ticket',
    'intent_at',
    'outcome_at',
    'status',
  ],
  ...['message', 'plan_hash', 'intent_seq', 'outcome_seq'],
];

/** Every operation that began or ended in the span, and every one that was refused; written as each ends. */
export class OperationTable {
  readonly #open = new Map<string, LedgerEntry>();
  readonly #span: Span;
  readonly #table: PackTable;

  constructor(span: Span, folder: PackFolder) {
    this.#span = span;
    this.#table = folder.table('operations.csv', titles);
  }

  take(entry: LedgerEntry): void {
    const { kind, phase, operation } = entry;
    if (kind !== 'operation' || operation === null || entry.seq > this.#span.last) {
      return;
    }
    switch (phase) {
      case 'intent':
        this.#open.set(operation, entry);
        return;
      case 'outcome':
      case 'reconciled': {
        const begun = this.#open.get(operation) ?? null;
        this.#open.delete(operation);
        this.#write(begun, entry);
        return;
      }
      case 'refusal':
        this.#write(null, entry);
        return;
      default:
    }
  }

  /** Those whose end is not in the ledger up to here. */
  end(): readonly LedgerEntry[] {
    const open = [...this.#open.values()];
    for (const begun of open) {
      this.#write(begun, null);
    }
    return open;
  }

  #write(begun: LedgerEntry | null, ended: LedgerEntry | null): void {
    const about = begun ?? ended;
    if (about === null || ![begun, ended].some((entry) => entry !== null && isWithin(this.#span, entry))) {
      return;
    }
    const { target, plan } = about;
    this.#table.row([
      ...[about.operation, about.grant, whoOf(about.actor.asserted), about.action, target?.tenants.join(' ') ?? null],
      ...[target?.name ?? null, about.reason, about.ticket, begun?.at ?? null, ended?.at ?? null],
      ended?.outcome?.status ?? 'no outcome recorded',
      ...[ended?.outcome?.message ?? null, plan?.digest ?? null, begun?.seq ?? null, ended?.seq ?? null],
    ]);
  }
}
