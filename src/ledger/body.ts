import type { Admission } from './admit.ts';
import type { JsonObject } from './canonical.ts';
import type { Admitted } from './draft.ts';
import type { Actor, EntryBody } from './entry.ts';
import type { LedgerState } from './state.ts';

/** What the store adds to every entry. */
export interface Stamp {
  readonly id: string;
  readonly at: string;
  readonly actor: Actor;
}

const nothing = {
  operation: null,
  action: null,
  target: null,
  params: {},
  reason: null,
  ticket: null,
  grant: null,
  incident: null,
  bulk: null,
  idempotencyKey: null,
  plan: null,
  outcome: null,
  redacted: [],
  spooled: null,
} satisfies Partial<EntryBody>;

/** Every field there, and what follows an intent named by the same target and circumstances as the intent. */
export function bodyOf({ draft, redacted }: Admission, stamp: Stamp, state: LedgerState): EntryBody {
  const said = Object.fromEntries(Object.entries(draft).filter(([, value]) => value !== null));
  return { ...nothing, ...intentOf(draft, state), ...said, kind: draft.kind, phase: draft.phase, redacted, ...stamp };
}

function intentOf(draft: Admitted, state: LedgerState): Partial<EntryBody> {
  const open = draft.kind === 'operation' ? state.operations.get(draft.operation) : undefined;
  if (open === undefined || draft.phase === 'intent') {
    return {};
  }
  const { action, target, reason, ticket, grant, incident, bulk } = open;
  // A snapshot from before knows of no bulk.
  return { action, target, reason, ticket, grant, incident, bulk: bulk ?? null };
}

/** An entry about the ledger itself. */
export function ledgerBody(phase: string, params: JsonObject, stamp: Stamp, reason: string | null = null): EntryBody {
  return { ...nothing, kind: 'ledger', phase, params, reason, ...stamp };
}
