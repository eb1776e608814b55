import type { Tenant } from '#estate/estate.ts';
import type { Grade } from '#health/status.ts';
import { canonical, type JsonObject } from '#ledger/canonical.ts';
import type { LedgerState } from '#ledger/state.ts';
import { decide, type Question, type Target } from '#policy/decide.ts';
import type { PolicyBlocker } from '#policy/refusal.ts';
import { accessNow, type Present, presentIn } from './access/presence.ts';
import type { Action } from './action.ts';
import type { ActContext } from './context.ts';
import { digestOf } from './digest.ts';
import type { Plan } from './plan.ts';
import { calendarFreezes } from './standing.ts';

export interface Prepared {
  readonly plan: Plan;
  /** Policy's part of the blockers, with the words that scripts match. */
  readonly refusals: readonly PolicyBlocker[];
}

export interface Circumstances {
  readonly reason: string | null;
  readonly ticket: string | null;
}

/** Steps 2 and 3 of the path: reads, then judges. Nothing is written anywhere. */
export async function prepare(
  action: Action,
  given: JsonObject,
  tenant: Tenant | null,
  context: ActContext,
  circumstances: Circumstances,
): Promise<Prepared> {
  // As the worker will find them in the ledger, whose fields stand in another order: a plan may follow their order.
  const params: JsonObject = JSON.parse(canonical(given));
  const draft = await action.plan({
    params,
    tenant,
    tenants: context.tenants,
    status: tenant === null ? null : context.status(tenant.name),
    estate: context.estate,
    world: context,
  });
  const tenants = draft.tenants ?? (tenant === null ? [] : [tenant.name]);
  const unchecked = {
    action: action.name,
    params,
    tenants,
    objects: draft.objects,
    changes: draft.changes,
  };
  const digest = digestOf(unchecked);
  const [state, present] = await Promise.all([context.ledger.state(), presentIn(context.ledger, context.clock)]);
  const asked = { action, params, tenants, digest, ...circumstances };
  const refusals = decide(questionOf(asked, context, present, state));
  const health = Object.fromEntries(
    tenants.map((name): [string, Grade] => [name, context.status(name)?.grade ?? 'unknown']),
  );
  return {
    refusals,
    plan: {
      ...unchecked,
      digest,
      confirmWith: draft.confirmWith ?? tenant?.name ?? action.name,
      danger: draft.danger ?? action.danger,
      blockers: [...refusals.map(({ word: _word, ...blocker }) => blocker), ...(draft.blockers ?? [])],
      warnings: draft.warnings ?? [],
      ...(draft.losses === undefined ? {} : { losses: draft.losses }),
      undo: draft.undo ?? null,
      equivalents: draft.equivalents,
      serverChecked: null,
      expectedSeconds: draft.expectedSeconds ?? null,
      health,
    },
  };
}

export interface Asked extends Circumstances {
  readonly action: Action;
  readonly params: JsonObject;
  readonly tenants: readonly string[];
  readonly digest: string;
}

/** The same question is asked again inside the ledger's append, with the state as it is then. */
export function questionOf(
  { action, params, tenants, digest, reason }: Asked,
  context: ActContext,
  present: Present,
  state: LedgerState,
): Question {
  const deescalates =
    typeof action.deescalates === 'function' ? action.deescalates(params) : (action.deescalates ?? false);
  return {
    action: action.name,
    deescalates,
    writesToSystems: action.writesToSystems,
    allowed: action.allowed ?? null,
    digest,
    access: accessNow(present, state, context.clock),
    mode: context.mode,
    reason,
    now: context.clock.now(),
    targets: tenants.map((name) => targetOf(name, context)),
    freezes: [...state.freezes.values(), ...calendarFreezes(context.estate)].map((freeze) => ({
      name: freeze.name,
      from: freeze.from,
      until: freeze.until,
      reason: freeze.reason,
      isInCalendar: 'isInCalendar' in freeze,
      allows: freeze.allows,
      scope: freeze.scope,
    })),
    busy: [...state.operations.values()].map(({ operation, action: running, target }) => ({
      operation,
      action: running,
      tenants: target?.tenants ?? [],
    })),
  };
}

function targetOf(name: string, { tenants }: ActContext): Target {
  const tenant = tenants.find((known) => known.name === name);
  return {
    tenant: name,
    environment: tenant?.environment ?? null,
    tier: tenant?.tier ?? null,
    cluster: tenant?.cluster ?? null,
    retailer: tenant?.retailer ?? null,
  };
}
