import { hash } from 'node:crypto';
import * as v from 'valibot';
import { exitCodes, TillError } from '#text/till-error.ts';
import { accessFold, countUse } from './access/fold.ts';
import { canonical, type Json, type JsonObject } from './canonical.ts';
import { freezeSchema, type LedgerEntry, severitySchema, type Target } from './entry.ts';
import type { Home, MutableLedgerState } from './state.ts';

/** How long an idempotency key is remembered: a retry comes within days or never. */
const keysKeptMs = 7 * 86_400_000;
/** An ended freeze is kept a while: one wrong clock must not make a standing one vanish. */
const freezesKeptMs = 30 * 86_400_000;

type Fold = (state: MutableLedgerState, entry: LedgerEntry) => void;

const nothing: Fold = () => undefined;

const folds: Readonly<Record<string, Fold>> = {
  'ledger/genesis': (state, { params }) => {
    state.home = homeOf(params);
  },
  'ledger/torn': nothing,
  'ledger/read': nothing,
  'ledger/acknowledged': nothing,
  'ledger/prune': nothing,
  'ledger/prune-propose': nothing,
  'ledger/import-begin': nothing,
  'ledger/import-refused': nothing,
  'ledger/import-end': nothing,

  'operation/intent': (state, entry) => {
    const { operation, action } = entry;
    if (operation === null || action === null) {
      return;
    }
    const { seq, at, actor, target, reason, ticket, grant, incident, bulk, plan, idempotencyKey } = entry;
    state.operations.set(operation, {
      ...{ operation, seq, openedAt: at, actor, action, target, reason, ticket, grant, incident },
      ...{ bulk, digest: plan?.digest ?? null, idempotencyKey, step: null },
    });
    countUse(state, grant);
    if (idempotencyKey !== null) {
      forgetOldRequests(state, at);
      const request = requestOf(action, target, entry.params);
      state.requests.set(idempotencyKey, { key: idempotencyKey, operation, request, at, status: null });
    }
  },
  'operation/refusal': nothing,
  'operation/step': (state, { operation, params, at, outcome }) => {
    const open = state.operations.get(operation ?? '');
    if (open !== undefined) {
      const { step, index, of } = v.parse(stepParams, params);
      state.operations.set(open.operation, { ...open, step: { step, index, of, at, status: outcome?.status ?? null } });
    }
  },
  'operation/outcome': ended,
  'operation/reconciled': ended,

  'freeze/begin': (state, { seq, at, params, reason, ticket, actor, operation }) => {
    forgetOldFreezes(state, at);
    const freeze = v.parse(freezeSchema, params);
    state.freezes.set(freeze.freeze, { ...freeze, seq, reason, ticket, actor, operation });
  },
  'freeze/end': (state, { params }) => {
    state.freezes.delete(v.parse(v.object({ freeze: v.string() }), params).freeze);
  },

  'incident/open': (state, { seq, at, incident, params, actor }) => {
    if (incident !== null) {
      const said = v.parse(incidentParams, params);
      state.incidents.set(incident, { incident, seq, openedAt: at, ...said, joined: [], actor });
    }
  },
  'incident/note': nothing,
  'incident/join': (state, { incident, params }) => {
    const open = state.incidents.get(incident ?? '');
    const { person } = v.parse(v.object({ person: v.string() }), params);
    if (open !== undefined && !open.joined.includes(person)) {
      state.incidents.set(open.incident, { ...open, joined: [...open.joined, person] });
    }
  },
  'incident/pin': (state, { incident, params }) => {
    const open = state.incidents.get(incident ?? '');
    const { tenants } = v.parse(v.object({ tenants: v.array(v.string()) }), params);
    if (open !== undefined) {
      state.incidents.set(open.incident, { ...open, tenants: [...new Set([...open.tenants, ...tenants])] });
    }
  },
  'incident/close': (state, { incident }) => {
    state.incidents.delete(incident ?? '');
  },
};

/**
 * Takes one entry into the state. An entry of a kind that we do not know may be a freeze of a sort that we cannot judge,
 * so a till that is older than its ledger stops here instead of acting on half of it.
 */
export function fold(state: MutableLedgerState, entry: LedgerEntry): void {
  const what = `${entry.kind}/${entry.phase}`;
  const take = folds[what] ?? accessFold(what);
  if (take === undefined) {
    throw new TillError(`entry ${entry.seq} is a ${entry.kind}/${entry.phase}, which this till does not know`, {
      exit: exitCodes.refused,
      reason: 'ledger-newer',
      target: `entry ${entry.seq}`,
      next: 'use the newer till that wrote it',
    });
  }
  take(state, entry);
}

/** Equal for two requests that ask for the same: same action, same parameters, same target by name. */
export function requestOf(action: string, target: Target | null, params: JsonObject): string {
  const { tenants, cluster, namespace, kind, name } = target ?? {};
  const asked: Json = [
    action,
    params,
    [...(tenants ?? [])],
    cluster ?? null,
    namespace ?? null,
    kind ?? null,
    name ?? null,
  ];
  return hash('sha256', canonical(asked));
}

function ended(state: MutableLedgerState, { operation, outcome }: LedgerEntry): void {
  const open = state.operations.get(operation ?? '');
  if (open === undefined || outcome === null) {
    return;
  }
  state.operations.delete(open.operation);
  const request = state.requests.get(open.idempotencyKey ?? '');
  if (request?.operation === open.operation) {
    state.requests.set(request.key, { ...request, status: outcome.status });
  }
}

function forgetOldRequests(state: MutableLedgerState, at: string): void {
  const oldest = Date.parse(at) - keysKeptMs;
  for (const [key, request] of state.requests) {
    if (Date.parse(request.at) >= oldest) {
      // In the order they came, so the rest is younger.
      return;
    }
    state.requests.delete(key);
  }
}

function forgetOldFreezes(state: MutableLedgerState, at: string): void {
  const oldest = Date.parse(at) - freezesKeptMs;
  for (const [id, { until }] of state.freezes) {
    if (Date.parse(until) < oldest) {
      state.freezes.delete(id);
    }
  }
}

const stepParams = v.object({ step: v.string(), index: v.number(), of: v.number() });
const incidentParams = v.object({
  name: v.string(),
  severity: severitySchema,
  commander: v.string(),
  tenants: v.array(v.string()),
});
const homeParams = v.object({
  estate: v.string(),
  host: v.string(),
  machine: v.nullable(v.string()),
  user: v.string(),
  uid: v.number(),
});

export function homeOf(params: JsonObject): Home {
  return v.parse(homeParams, params);
}
