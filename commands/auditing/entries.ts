import type { Cell, Column } from '#grammar/table.ts';
import { type LedgerEntry, whoOf as nameOf, type OutcomeStatus } from '#ledger/entry.ts';

/** The fields of the contract, in its order (design §9), and those that came later. */
export function entryFields(entry: LedgerEntry): Readonly<Record<string, unknown>> {
  const { seq, id, operation, at, kind, phase, actor, action, target, params } = entry;
  const { reason, ticket, grant, incident, outcome, prev, hash, bulk, spooled } = entry;
  return {
    ...{ seq, id, operation, at, kind, phase, actor, action, target, params },
    ...{ reason, ticket, grant, incident, outcome, prev, hash, bulk, spooled },
  };
}

export const entryColumns: readonly Column<LedgerEntry>[] = [
  { title: 'SEQ', value: ({ seq }) => String(seq), align: 'right' },
  { title: 'AT', value: ({ at }) => at.replace(/\.\d+Z$/u, 'Z') },
  { title: 'WHO', value: whoOf },
  { title: 'WHAT', value: whatOf },
  { title: 'TENANTS', value: ({ target }) => target?.tenants.join(',') ?? '', shrinks: true },
  { title: 'STATUS', value: statusCell },
  { title: 'OPERATION', value: ({ operation }) => operation ?? '-', wide: true },
  { title: 'BULK', value: ({ bulk }) => bulk ?? '-', wide: true },
  { title: 'INCIDENT', value: ({ incident }) => incident ?? '-', wide: true },
  { title: 'SAID', value: saidOf, shrinks: true },
];

export function whoOf({ actor: { asserted, claimed } }: LedgerEntry): string {
  const who = nameOf(asserted);
  return claimed.person === null ? who : `${who} (${claimed.person}?)`;
}

export function whatOf({ kind, phase, action, params }: LedgerEntry): string {
  const step = typeof params['step'] === 'string' ? ` ${params['step']}` : '';
  return kind === 'operation' ? `${action ?? ''} ${phase}${phase === 'step' ? step : ''}`.trim() : `${kind} ${phase}`;
}

/** What came of it, else why it was asked for, else what was said. */
export function saidOf({ outcome, reason, params }: LedgerEntry): string {
  const own = ['note', 'summary', 'name', 'person', 'what'].map((key) => params[key]);
  const text = own.find((value) => typeof value === 'string');
  const refusedBy = outcome?.status === 'refused' && outcome.by !== null ? `${outcome.by}: ` : '';
  return outcome?.message != null ? refusedBy + outcome.message : String(text ?? reason ?? '');
}

function statusCell({ outcome }: LedgerEntry): Cell {
  return outcome === null ? '' : { text: outcome.status, tone: toneOf(outcome.status) };
}

function toneOf(status: OutcomeStatus) {
  switch (status) {
    case 'ok':
    case 'applied':
      return 'good';
    case 'failed':
    case 'refused':
      return 'bad';
    default:
      return 'unsure';
  }
}
