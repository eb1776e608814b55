import type { Tenant } from '#estate/estate.ts';
import type { JsonObject } from '#ledger/canonical.ts';
import { type Confirmation, confirmationFor } from '#policy/confirm.ts';
import type { Action } from './action.ts';
import type { ActContext } from './context.ts';
import type { Danger, Plan } from './plan.ts';
import { type Circumstances, type Prepared, prepare } from './prepare.ts';

/** Steps 2 and 3 of the path for everybody who is meant; this list is what is asked about and then acted on (design §4). */
export async function planAll(
  action: Action,
  params: JsonObject,
  tenants: readonly (Tenant | null)[],
  context: ActContext,
  circumstances: Circumstances,
): Promise<readonly Prepared[]> {
  const all: Prepared[] = [];
  for (let at = 0; at < tenants.length; ) {
    const some: (Tenant | null)[] = [];
    // A pool that cannot be narrowed: what was planned for its first tenant is what the others would get.
    for (; at < tenants.length && some.length < atATime; at += 1) {
      const tenant = tenants[at] ?? null;
      if (tenant === null || !all.some(({ plan }) => plan.tenants.includes(tenant.name))) {
        some.push(tenant);
      }
    }
    const ends = await Promise.allSettled(
      some.map((tenant) => prepare(action, params, tenant, context, circumstances)),
    );
    for (const end of ends) {
      if (end.status === 'rejected') {
        throw end.reason;
      }
      const { value: prepared } = end;
      const [first] = prepared.plan.tenants;
      if (first === undefined || !all.some(({ plan }) => plan.tenants.includes(first))) {
        all.push(prepared);
      }
    }
  }
  return all;
}

/** Plans only read; so many at once are no burden to anybody. */
const atATime = 4;

/** What would be refused is not worth a question: the refusal is recorded and said. */
export function openOnes(plans: readonly Plan[]): readonly Plan[] {
  return plans.filter(({ blockers }) => blockers.length === 0);
}

/** What a person must give for all of them together; null when nothing stands open to be confirmed. */
export function confirmationOf(plans: readonly Plan[]): Confirmation | null {
  const open = openOnes(plans);
  const [first] = open;
  if (first === undefined) {
    return null;
  }
  const touched = new Set(open.flatMap(({ tenants }) => tenants));
  return confirmationFor(worstOf(open), {
    confirmWith: first.confirmWith,
    count: open.length === 1 ? 1 : touched.size,
    isShared: open.some(({ tenants }) => tenants.length > 1),
  });
}

const dangers: readonly Danger[] = ['severe', 'moderate', 'mild'];

export function worstOf(plans: readonly Plan[]): Danger {
  return dangers.find((danger) => plans.some((plan) => plan.danger === danger)) ?? 'severe';
}
