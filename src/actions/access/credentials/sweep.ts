import { estateLabel, grantIn, grantLabel } from '#estate/enforcement/names.ts';
import { statusAt } from '#ledger/access/grant.ts';
import type { LedgerState } from '#ledger/state.ts';
import type { GrantObject } from '#systems/kubernetes/minter.ts';
import { asDuty, type DutyEnd } from './duty.ts';
import { ownerComment } from './mint.ts';
import type { MintingWorld } from './world.ts';

/** Something that a system would accept, of no grant that is in force. */
export type Orphan =
  | { readonly system: 'kubernetes'; readonly where: string; readonly object: GrantObject }
  | { readonly system: 'postgres' | 'redis'; readonly where: string; readonly name: string };

/**
 * What is there of this estate's grants and of none in force: left by a mint that died, by a system that was away at the end, or by a
 * ledger that was restored. First the systems are looked at, then the ledger: what is made for a grant is made after it is active.
 */
export async function orphans(
  world: MintingWorld,
): Promise<{ readonly found: readonly Orphan[]; readonly faults: readonly string[] }> {
  const { estate, ledger } = world;
  const seen: Orphan[] = [];
  const faults: string[] = [];
  const look = async (where: string, work: () => Promise<readonly Orphan[]>) => {
    try {
      seen.push(...(await work()));
    } catch (error) {
      faults.push(`${where}: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  for (const where of Object.keys(estate.clusters)) {
    await look(where, async () => {
      const objects = await (await world.minter(where)).found({ [grantLabel]: null, [estateLabel]: estate.id });
      return objects.map((object) => ({ system: 'kubernetes' as const, where, object }));
    });
  }
  for (const where of Object.keys(estate.postgres)) {
    await look(where, async () => {
      const logins = (await (await world.logins(where))?.found()) ?? [];
      return logins
        .filter(({ name, comment }) => comment === ownerComment(grantIn(name) ?? '', world))
        .map(({ name }) => ({ system: 'postgres' as const, where, name }));
    });
  }
  for (const where of Object.keys(estate.redis)) {
    await look(where, async () => {
      const names = (await (await world.acl(where))?.found()) ?? [];
      return names
        .filter((name) => name.endsWith(`-${estate.id.slice(0, 8)}`))
        .map((name) => ({ system: 'redis' as const, where, name }));
    });
  }
  const [state, now] = [await ledger.state(), await world.now()];
  return { found: seen.filter((orphan) => !isInForce(grantOf(orphan), state, now)), faults };
}

export function nameOf(orphan: Orphan): string {
  return orphan.system === 'kubernetes'
    ? `${orphan.object.kind} ${orphan.where}/${orphan.object.namespace}/${orphan.object.name}`
    : `${orphan.system} ${orphan.where}/${orphan.name}`;
}

export function sweep(found: readonly Orphan[], world: MintingWorld): Promise<DutyEnd> {
  const duty = { action: 'access-sweep' as const, subject: {}, grant: null, reason: 'of no grant that is in force' };
  return asDuty(world.ledger, duty, world.signal, async (step) => {
    for (const orphan of found) {
      await step(`remove ${nameOf(orphan)}`.slice(0, 256), async (operation) => {
        if (orphan.system === 'kubernetes') {
          await (await world.minter(orphan.where)).take(operation, orphan.object);
        } else if (orphan.system === 'postgres') {
          await (await world.logins(orphan.where))?.endLogin(operation, orphan.name);
        } else {
          await (await world.acl(orphan.where))?.endUser(operation, orphan.name);
        }
      });
    }
    return `removed: ${found.map(nameOf).join(', ')}`.slice(0, 2_000);
  });
}

function grantOf(orphan: Orphan): string | null {
  return orphan.system === 'kubernetes' ? (orphan.object.labels[grantLabel] ?? null) : grantIn(orphan.name);
}

function isInForce(id: string | null, state: LedgerState, now: number): boolean {
  const grant = state.grants.get(id ?? '');
  return grant !== undefined && statusAt(grant, now) === 'active';
}
