import type { Plan } from '../../plan.ts';
import { withManager } from '../../switchover/manager.ts';
import { turnOf } from '../../switchover/run-switchover.ts';
import { drilledNow } from '../drilled-now.ts';
import type { DrillOfKind } from '../kind.ts';
import { leftoversAt } from '../leftovers.ts';
import { drillDetails } from '../result.ts';
import { planFailover } from './plan-failover.ts';
import { rehearseFailover, scratchPlace } from './rehearse.ts';

/** A server's primary changed on purpose, under the eyes of a writer that remembers what it was promised. */
export const failoverDrill: DrillOfKind = {
  plan: planFailover,
  steps: (plan, params) => [
    {
      name: 'rehearse',
      words: `rehearsing a failover of ${turnOf(plan).server}`,
      run: async (operation, world) => {
        const rehearsal = { tenant: tenantOf(plan), turn: turnOf(plan), returns: params['return'] === true };
        return drillDetails(await rehearseFailover(rehearsal, operation, world));
      },
    },
  ],
  async verify(plan, _params, world) {
    const told = await drilledNow(tenantOf(plan), world);
    if (told === null) {
      return { status: 'unknown', message: 'the ledger does not hold what it came to' };
    }
    const { status, message } = told.drilled;
    const { from, to } = turnOf(plan);
    return { status, message, before: from, after: to };
  },
  async find(plan, _params, world, operation) {
    const { server, from, to, timeline } = turnOf(plan);
    const moved = await withManager(server, world, (manager) =>
      manager.find({ leader: from, to, timeline }, operation),
    );
    // This one is open still, and so no leftover to whoever looks for those: everybody's things are looked through.
    const { dead, strange } = await leftoversAt(scratchPlace(server), null, world, operation);
    const isLeft = [...dead, ...strange].some((left) => left.operation === operation);
    return moved === 'absent' && !isLeft ? 'absent' : 'indeterminate';
  },
};

function tenantOf({ objects, tenants }: Pick<Plan, 'objects' | 'tenants'>): string {
  return objects[0]?.tenant ?? tenants[0] ?? '';
}
