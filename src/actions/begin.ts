import type { JsonObject } from '#ledger/canonical.ts';
import type { IntentDraft } from '#ledger/draft.ts';
import type { OutcomeStatus } from '#ledger/entry.ts';
import type { Refusal } from '#ledger/ledger.ts';
import { grantFor } from '#policy/access/judge.ts';
import { decide } from '#policy/decide.ts';
import { accessNow, presentIn } from './access/presence.ts';
import type { Action } from './action.ts';
import type { ActContext } from './context.ts';
import { handoverTo, placeOf } from './executor/place.ts';
import type { Plan } from './plan.ts';
import { type Circumstances, questionOf } from './prepare.ts';

export interface Request extends Circumstances {
  readonly action: Action;
  readonly params: JsonObject;
  readonly plan: Plan;
  readonly incident: string | null;
  readonly idempotencyKey: string | null;
  /** The same for all that one call begins; left out for one alone. */
  readonly bulk?: string | null;
}

export type Begun =
  | { readonly status: 'begun'; readonly operation: string }
  | { readonly status: 'refused'; readonly operation: string; readonly refusal: Refusal }
  /** The same request was made before under this key. */
  | { readonly status: 'repeated'; readonly operation: string; readonly outcome: OutcomeStatus | null };

/**
 * Step 5: the intent is on disk before anything else happens, and freeze, mode and open operations are judged again in
 * the same append. A refusal by policy or plan is recorded too.
 */
export async function begin(request: Request, context: ActContext): Promise<Begun> {
  const { plan } = request;
  const operation = context.ledger.newId();
  const params = await asAskedBefore(request, context);
  const present = await presentIn(context.ledger, context.clock);
  const access = accessNow(present, await context.ledger.state(), context.clock);
  const wanted = { action: request.action.name, tenants: plan.tenants, plan: plan.digest };
  const grant = grantFor(wanted, access)?.grant ?? null;
  const appended = await context.ledger.append(intentOf({ ...request, params }, operation, grant, context), {
    // The worker takes the lease over; until then nobody may take the operation for dead.
    handover: handoverTo(placeOf(request.action, context.estate, params), operation),
    unless: (state) => {
      const refusals = decide(
        questionOf({ ...request, tenants: plan.tenants, digest: plan.digest }, context, present, state),
      );
      // Where the plan itself stands in the way, a reason would change nothing.
      const blocked = plan.blockers.find(({ reason }) => refusals.every((refusal) => refusal.reason !== reason));
      const refusal = refusals.find(({ word }) => word !== 'reason-missing' || blocked === undefined);
      if (refusal !== undefined) {
        const { word, by, reason, until, wayOut } = refusal;
        return { by, reason: word, message: reason, until: utc(until), wayOut };
      }
      return blocked === undefined
        ? null
        : {
            by: blocked.by,
            reason: 'blocked',
            message: blocked.reason,
            until: utc(blocked.until),
            wayOut: blocked.wayOut,
          };
    },
  });
  switch (appended.status) {
    case 'appended':
      return { status: 'begun', operation };
    case 'refused':
      return { status: 'refused', operation, refusal: appended.refusal };
    case 'repeated':
      return appended;
  }
}

/** A retry goes by the parameters of the request that it repeats, so that the ledger knows it again. */
async function asAskedBefore({ action, params, idempotencyKey }: Request, { ledger }: ActContext): Promise<JsonObject> {
  const known = (await ledger.state()).requests.get(idempotencyKey ?? '');
  if (known === undefined || action.isRetryOf === undefined) {
    return params;
  }
  const { operation } = known;
  for await (const earlier of ledger.newest({ operation, phase: 'intent', limit: 1 })) {
    return earlier.action === action.name && action.isRetryOf(params, earlier.params) ? earlier.params : params;
  }
  return params;
}

function intentOf(request: Request, operation: string, grant: string | null, context: ActContext): IntentDraft {
  const { action, params, plan } = request;
  const [first] = plan.tenants;
  const tenant = context.tenants.find(({ name }) => name === first);
  const [object] = plan.objects;
  return {
    kind: 'operation',
    phase: 'intent',
    operation,
    action: action.name,
    params,
    plan: {
      digest: plan.digest,
      danger: plan.danger,
      mode: context.mode,
      objects: plan.objects,
      changes: plan.changes,
      undo: plan.undo === null ? null : { ...plan.undo },
      health: { ...plan.health },
      expectedSeconds: plan.expectedSeconds,
    },
    target: {
      tenants: [...plan.tenants],
      environment: tenant?.environment ?? null,
      tier: tenant?.tier ?? null,
      cluster: object?.cluster ?? tenant?.cluster ?? null,
      namespace: object?.namespace ?? tenant?.namespace ?? null,
      system: object?.system ?? null,
      kind: object?.kind ?? null,
      name: object?.name ?? null,
      uid: object?.uid ?? null,
      version: object?.version ?? null,
    },
    reason: request.reason,
    ticket: request.ticket,
    grant,
    incident: request.incident,
    bulk: request.bulk ?? null,
    idempotencyKey: request.idempotencyKey,
  };
}

/** The ledger keeps instants in UTC; an estate may write an offset. */
function utc(until: string | null): string | null {
  return until === null ? null : new Date(until).toISOString();
}
