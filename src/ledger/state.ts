import type { Grant, Lock } from './access/grant.ts';
import type { PolicyInForce, ProposedPolicy } from './access/policy.ts';
import type { Actor, Freeze, OutcomeStatus, Severity, Target } from './entry.ts';

/** What the entries amount to now: everything that a decision needs, so that no command reads the whole file. */

export interface Home {
  readonly estate: string;
  readonly host: string;
  readonly machine: string | null;
  readonly user: string;
  readonly uid: number;
}

/** An operation with an intent and no end yet. */
export interface OpenOperation {
  readonly operation: string;
  readonly seq: number;
  readonly openedAt: string;
  readonly actor: Actor;
  readonly action: string;
  readonly target: Target | null;
  readonly reason: string | null;
  readonly ticket: string | null;
  readonly grant: string | null;
  readonly incident: string | null;
  readonly bulk: string | null;
  readonly digest: string | null;
  readonly idempotencyKey: string | null;
  readonly step: OperationStep | null;
}

/** The newest step that it told of; `status` is null while the step runs. */
export interface OperationStep {
  readonly step: string;
  readonly index: number;
  readonly of: number;
  readonly at: string;
  readonly status: OutcomeStatus | null;
}

/** A freeze that nobody has ended; whether it is in force now is judged when read. */
export interface StandingFreeze extends Freeze {
  readonly seq: number;
  readonly reason: string | null;
  readonly ticket: string | null;
  readonly actor: Actor;
  readonly operation: string | null;
}

export interface OpenIncident {
  readonly incident: string;
  readonly seq: number;
  readonly openedAt: string;
  readonly name: string;
  readonly severity: Severity;
  readonly commander: string;
  /** Who joined besides the one who opened it. */
  readonly joined: readonly string[];
  readonly tenants: readonly string[];
  readonly actor: Actor;
}

/** What was asked for under an idempotency key, and what came of it; null while it runs. */
export interface KnownRequest {
  readonly key: string;
  readonly operation: string;
  /** Equal for two requests that ask for the same. */
  readonly request: string;
  readonly at: string;
  readonly status: OutcomeStatus | null;
}

export interface LedgerState {
  /** Whose ledger it is; null before there is one. */
  readonly home: Home | null;
  readonly operations: ReadonlyMap<string, OpenOperation>;
  readonly freezes: ReadonlyMap<string, StandingFreeze>;
  readonly incidents: ReadonlyMap<string, OpenIncident>;
  readonly requests: ReadonlyMap<string, KnownRequest>;
  /** Those that still matter: open, with something issued, waiting for a review, or ended within the last month. */
  readonly grants: ReadonlyMap<string, Grant>;
  readonly locks: ReadonlyMap<string, Lock>;
  /** Null until two people have put one in force. */
  readonly policy: PolicyInForce | null;
  readonly proposals: ReadonlyMap<string, ProposedPolicy>;
  /** Keys that sign checkpoints, with the spans in which they may. */
  readonly keys: ReadonlyMap<string, CheckpointKey>;
  /** Breaks that were found; while one lacks its two acknowledgements, nothing is elevated. */
  readonly epochs: ReadonlyMap<string, Epoch>;
}

export interface CheckpointKey {
  readonly vkey: string;
  readonly from: string;
  readonly until: string | null;
}

/** The chain shows less than was anchored outside: a restore or a fail-over, unless somebody's hand (facts: access-audit.md §3.6). */
export interface Epoch {
  readonly epoch: string;
  readonly seq: number;
  readonly at: string;
  readonly lost: { readonly from: number; readonly to: number };
  readonly anchored: { readonly size: number; readonly root: string; readonly anchor: string };
  /** Distinct people; two are needed. */
  readonly acknowledgedBy: readonly string[];
}

export interface MutableLedgerState extends LedgerState {
  home: Home | null;
  readonly operations: Map<string, OpenOperation>;
  readonly freezes: Map<string, StandingFreeze>;
  readonly incidents: Map<string, OpenIncident>;
  readonly requests: Map<string, KnownRequest>;
  readonly grants: Map<string, Grant>;
  readonly locks: Map<string, Lock>;
  policy: PolicyInForce | null;
  readonly proposals: Map<string, ProposedPolicy>;
  readonly keys: Map<string, CheckpointKey>;
  readonly epochs: Map<string, Epoch>;
}

export function emptyState(): MutableLedgerState {
  return {
    home: null,
    operations: new Map(),
    freezes: new Map(),
    incidents: new Map(),
    requests: new Map(),
    grants: new Map(),
    locks: new Map(),
    policy: null,
    proposals: new Map(),
    keys: new Map(),
    epochs: new Map(),
  };
}

/** The freezes whose span holds `now`; which tenants each covers is for the policy to say. */
export function freezesAt(state: LedgerState, now: number): readonly StandingFreeze[] {
  return [...state.freezes.values()].filter(({ from, until }) => Date.parse(from) <= now && now < Date.parse(until));
}

/** The open operations that touch one of these tenants. */
export function operationsOn(state: LedgerState, tenants: readonly string[]): readonly OpenOperation[] {
  const wanted = new Set(tenants);
  return [...state.operations.values()].filter(({ target }) => target?.tenants.some((tenant) => wanted.has(tenant)));
}
