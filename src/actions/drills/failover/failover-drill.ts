import type { ActWorld } from '../../action.ts';
import type { Plan } from '../../plan.ts';
import { withManager } from '../../switchover/manager.ts';
import { turnOf } from '../../switchover/run-switchover.ts';
import { drilledNow } from '../drilled-now.ts';
import type { DrillOfKind } from '../kind.ts';
import { drillDetails } from '../result.ts';
import { planFailover } from './plan-failover.ts';
import { rehearseFailover } from './rehearse.ts';
import { hasScratch, type Scratch, scratchName } from './scratch.ts';

/** A server's primary changed on purpose, under the eyes of a writer that remembers what it was promised. */
export const failoverDrill: DrillOfKind = {
  plan: planFailover,
  steps: (plan, params) => [
    {
      name: 'rehearse',
      words: `rehearsing a failover of ${turnOf(plan).server}`,
      run: async (operation, world) => {
        const turn = turnOf(plan);
        const scratch = await scratchOn(turn.server, world);
        const rehearsal = { tenant: tenantOf(plan), turn, returns: params['return'] === true, scratch };
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
    const isLeft = await hasScratch(await scratchOn(server, world), scratchName(operation));
    // Moved or not, a drill that left its database behind has not been gone through.
    return moved === 'absent' && !isLeft ? 'absent' : 'indeterminate';
  },
};

function tenantOf({ objects, tenants }: Pick<Plan, 'objects' | 'tenants'>): string {
  return objects[0]?.tenant ?? tenants[0] ?? '';
}

async function scratchOn(server: string, world: Pick<ActWorld, 'login' | 'estate'>): Promise<Scratch> {
  return {
    login: await world.login(server, 'restore'),
    maintenance: world.estate.postgres[server]?.database ?? 'postgres',
  };
}
