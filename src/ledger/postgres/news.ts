import { exitCodes, TillError } from '#text/till-error.ts';
import { hashOf, linkOf } from '../chain.ts';
import { fold, homeOf } from '../fold.ts';
import { broken, copyOf } from '../head.ts';
import { entryIn } from '../read-entry.ts';
import { emptyState, type LedgerState, type MutableLedgerState } from '../state.ts';
import type { StopAsked, Told } from '../wire.ts';
import type { Row } from './connection.ts';

/** The state as of one entry, with the number that the server gives to it. */
export interface Known {
  readonly seq: number;
  readonly hash: string;
  /** The last entry that changed the state: an intent that was judged by another is judged anew. */
  readonly version: number;
  readonly state: LedgerState;
}

export interface LeaseRow {
  readonly operation: string;
  readonly login: string;
  readonly holder: string;
  readonly about: Readonly<Record<string, unknown>>;
  readonly renewals: number;
  readonly heartbeatAt: string;
  readonly graceMs: number;
  /** The Job that is to take it over. */
  readonly handTo: string | null;
  readonly told: Told | null;
  readonly stop: StopAsked | null;
}

export interface News extends Known {
  /** The server's clock, RFC 3339. */
  readonly now: string;
  readonly leases: readonly LeaseRow[];
}

export const newsQuery = 'SELECT * FROM till_ledger.news($1)';

/** What the server told since `before`: its entries folded onto what was known, or the whole state. */
export function newsOf(row: Row | undefined, before: Known | null, estateId: string): News {
  const { seq, hash, version, estate, now, leases, lines, state } = row ?? {};
  if (estate !== null && estate !== estateId) {
    throw new TillError(`this ledger is of another estate (${String(estate)})`, {
      ...{ exit: exitCodes.usage, reason: 'ledger-of-another-estate' },
      next: 'give each estate a database of its own; the id in estate.yaml never changes',
    });
  }
  const told = {
    ...{ seq: Number(seq), hash: String(hash), version: Number(version), now: String(now) },
    leases: leases as readonly LeaseRow[],
  };
  if (before !== null && told.seq < before.seq) {
    throw broken(`it is shorter than it was: entry ${before.seq} is gone from its end`);
  }
  if (before !== null && Array.isArray(lines)) {
    return { ...told, state: grown(before, lines as readonly string[], told) };
  }
  return { ...told, state: stateIn(state) };
}

function grown(
  before: Known,
  lines: readonly string[],
  told: { readonly seq: number; readonly hash: string },
): LedgerState {
  let { seq, hash } = before;
  if (lines.length === 0 && told.hash === hash) {
    return before.state;
  }
  const state = copyOf(before.state);
  for (const text of lines) {
    const line = Buffer.from(text);
    const link = linkOf(line);
    if (link === null || link.seq !== seq + 1 || link.prev !== hash || hashOf(line) !== link.hash) {
      throw broken(`entry ${seq + 1} does not follow from the entry before it`);
    }
    fold(state, entryIn(line, link));
    ({ seq, hash } = link);
  }
  if (seq !== told.seq || hash !== told.hash) {
    throw broken(`its head is not entry ${seq}`);
  }
  return state;
}

/** The rows of the state tables are members of the state's maps as they are. */
function stateIn(told: unknown): LedgerState {
  const { home, policy, ...lists } = told as Readonly<Record<string, never>>;
  const state: MutableLedgerState = emptyState();
  state.home = home === null || home === undefined ? null : homeOf(home);
  state.policy = policy ?? null;
  for (const [name, key] of Object.entries(keys)) {
    const map = state[name as keyof typeof keys] as Map<string, unknown>;
    for (const doc of (lists[name] ?? []) as readonly Readonly<Record<string, unknown>>[]) {
      map.set(String(doc[key]), doc);
    }
  }
  return state;
}

const keys = {
  operations: 'operation',
  freezes: 'freeze',
  incidents: 'incident',
  requests: 'key',
  grants: 'grant',
  locks: 'lock',
  proposals: 'policy',
  keys: 'vkey',
  epochs: 'epoch',
} as const;
