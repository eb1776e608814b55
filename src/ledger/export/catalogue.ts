import type { LedgerEntry } from '../entry.ts';

/** OCSF's severities: 1 informational, 2 low, 3 medium, 4 high, 5 critical. */
export type Severity = 1 | 2 | 3 | 4 | 5;

/** The classes of OCSF 1.9 that entries are told in (facts: access-audit.md §2.1). */
export const classes = {
  api: { uid: 6003, name: 'API Activity', category: 6, categoryName: 'Application Activity' },
  entity: { uid: 3004, name: 'Entity Management', category: 3, categoryName: 'Identity & Access Management' },
  user: { uid: 3007, name: 'User Management', category: 3, categoryName: 'Identity & Access Management' },
  role: { uid: 3008, name: 'Role Management', category: 3, categoryName: 'Identity & Access Management' },
} as const;

export type ClassName = keyof typeof classes;

export interface Sort {
  /** Stable: never used for anything else, never given again. */
  readonly code: string;
  readonly class: ClassName;
  /** OCSF's number and word for what was done. */
  readonly activity: readonly [number, string];
  readonly severity: Severity;
}

const sort = (code: string, name: ClassName, activity: Sort['activity'], severity: Severity = 1): Sort => ({
  code: `TL-${code}`,
  class: name,
  activity,
  severity,
});

const update: Sort['activity'] = [3, 'Update'];
const create: Sort['activity'] = [1, 'Create'];
const read: Sort['activity'] = [2, 'Read'];
const remove: Sort['activity'] = [4, 'Delete'];
const disable: Sort['activity'] = [9, 'Disable'];

/** Every kind of entry, once. A test holds this against what the ledger lets in, and each code against every other. */
export const catalogue: Readonly<Record<string, Sort>> = {
  'operation/intent': sort('O01', 'api', update),
  'operation/refusal': sort('O02', 'api', update, 3),
  'operation/step': sort('O03', 'api', update),
  'operation/outcome': sort('O04', 'api', update),
  'operation/reconciled': sort('O05', 'api', update, 2),

  'freeze/begin': sort('F01', 'entity', [12, 'Suspend'], 2),
  'freeze/end': sort('F02', 'entity', [13, 'Resume'], 2),

  'incident/open': sort('I01', 'entity', create, 2),
  'incident/note': sort('I02', 'entity', update),
  'incident/join': sort('I03', 'entity', update),
  'incident/pin': sort('I04', 'entity', update),
  'incident/close': sort('I05', 'entity', update),

  'grant/request': sort('G01', 'entity', create),
  'grant/approve': sort('G02', 'entity', [8, 'Enable']),
  'grant/deny': sort('G03', 'entity', disable, 2),
  'grant/withdraw': sort('G04', 'entity', disable),
  'grant/lapse': sort('G05', 'entity', disable),
  'grant/activate': sort('G06', 'user', [14, 'Assign Privileges'], 2),
  'grant/fail': sort('G07', 'entity', disable, 3),
  'grant/end': sort('G08', 'user', [15, 'Remove Privileges']),
  'grant/expire': sort('G09', 'user', [15, 'Remove Privileges']),
  'grant/revoke': sort('G10', 'user', [15, 'Remove Privileges'], 2),
  'grant/issue': sort('G11', 'user', [18, 'Add Programmatic Credentials'], 2),
  'grant/retire': sort('G12', 'user', [19, 'Remove Programmatic Credentials']),
  'grant/review': sort('G13', 'entity', update),
  'grant/notify': sort('G14', 'entity', update),

  'lock/begin': sort('L01', 'user', [6, 'Lock'], 3),
  'lock/end': sort('L02', 'user', [7, 'Unlock'], 2),

  'policy/propose': sort('P01', 'role', [2, 'Update'], 3),
  'policy/approve': sort('P02', 'role', [2, 'Update'], 3),
  'policy/withdraw': sort('P03', 'role', [2, 'Update'], 2),

  'ledger/genesis': sort('A01', 'entity', create),
  'ledger/torn': sort('A02', 'entity', update, 3),
  'ledger/read': sort('A03', 'entity', read),
  'ledger/acknowledged': sort('A04', 'entity', update, 5),
  'ledger/key': sort('A05', 'entity', update, 3),
  'ledger/epoch': sort('A06', 'entity', update, 5),
  'ledger/epoch-acknowledge': sort('A07', 'entity', update, 4),
  'ledger/prune': sort('A08', 'entity', remove, 4),
  'ledger/prune-propose': sort('A09', 'entity', update, 3),
  'ledger/import-begin': sort('A10', 'entity', update, 2),
  'ledger/import-end': sort('A11', 'entity', update, 2),
  'ledger/import-refused': sort('A12', 'entity', update, 4),
};

/** A newer till may have written what this one does not know: it is told all the same. */
const unknownSort = sort('X00', 'entity', [99, 'Other'], 2);

export function sortOf({ kind, phase }: Pick<LedgerEntry, 'kind' | 'phase'>): Sort {
  return catalogue[`${kind}/${phase}`] ?? unknownSort;
}

/** `till.tenant.scale.intent`: what was acted on, by which word, and which part of it this is (facts: access-audit.md §2.2). */
export function typeOf({ kind, phase, action }: Pick<LedgerEntry, 'kind' | 'phase' | 'action'>): string {
  return kind === 'operation' ? `till.tenant.${action ?? 'unknown'}.${phase}` : `till.${kind}.${phase}`;
}

/** One table of rules, so that two entries of a kind are never told apart by whoever wrote them (facts: access-audit.md §2.2). */
export function severityOf(entry: LedgerEntry, isBreakGlass: boolean): Severity {
  const { outcome } = entry;
  const own = sortOf(entry).severity;
  if (isBreakGlass || outcome?.status === 'unknown' || outcome?.status === 'indeterminate') {
    return larger(own, 4);
  }
  return outcome?.status === 'failed' ? larger(own, 3) : own;
}

function larger(a: Severity, b: Severity): Severity {
  return a > b ? a : b;
}
