import { readProof } from '#backups/write-proof.ts';
import { withOldestProof } from './choose-oldest.ts';
import { drilledNow } from './drilled-now.ts';
import type { DrillOfKind } from './kind.ts';
import { leftoversAt } from './leftovers.ts';
import { servePlaceOf } from './place.ts';
import { planRestoreDrill } from './plan-restore.ts';
import { plannedIn } from './planned.ts';
import { proofKind } from './prove.ts';
import { rehearse } from './rehearse.ts';
import { drillDetails } from './result.ts';

/** A backup made into a database again, in a place of its own; looked over, served, and cleared away. */
export const restoreDrill: DrillOfKind = {
  plan: planRestoreDrill,
  choose: async ({ oldestProof }, tenants, world) =>
    oldestProof === null ? null : withOldestProof(oldestProof, tenants, world),
  steps: (plan) => [
    {
      name: 'rehearse',
      words: `rehearsing the recovery of ${plannedIn(plan).tenant}`,
      run: async (operation, world) => {
        const { store, ...planned } = plannedIn(plan);
        const serve = planned.pod === null ? null : servePlaceOf(world.estate);
        return drillDetails(await rehearse({ ...planned, serve, store: await world.store(store) }, operation, world));
      },
    },
  ],
  async verify(plan, _params, world) {
    const { tenant, backup, store } = plannedIn(plan);
    const told = await drilledNow(tenant, world);
    if (told === null) {
      return { status: 'unknown', message: 'the ledger does not hold what it came to' };
    }
    const { drilled, operation } = told;
    const evidence =
      drilled.level === null ||
      (await readProof(await world.store(store), proofKind, { ...backup, operation })) !== null;
    if (!evidence) {
      return { status: 'unknown', message: 'the proof that was written is not there' };
    }
    return { status: drilled.status, message: drilled.message, after: drilled.level ?? 'not proven' };
  },
  async find(plan, _params, world, operation) {
    const { backup, store, place } = plannedIn(plan);
    if ((await readProof(await world.store(store), proofKind, { ...backup, operation })) !== null) {
      return 'applied';
    }
    // This one is open still, and so no leftover to whoever looks for those: everybody's things are looked through.
    const { dead, strange } = await leftoversAt(place, servePlaceOf(world.estate), world, operation);
    return [...dead, ...strange].some((left) => left.operation === operation) ? 'indeterminate' : 'absent';
  },
};
