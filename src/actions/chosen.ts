import type { Tenant } from '#estate/estate.ts';
import type { JsonObject } from '#ledger/canonical.ts';
import type { Action, PlanWorld } from './action.ts';

/** Those of the chosen that the parameters are about (`--due`, `--oldest-proof`); all of them where the action does not choose. */
export async function chosenBy(
  action: Action,
  params: JsonObject,
  tenants: readonly (Tenant | null)[],
  world: PlanWorld,
): Promise<readonly (Tenant | null)[]> {
  const named = tenants.filter((tenant) => tenant !== null);
  return (await action.choose?.(params, named, world)) ?? tenants;
}
