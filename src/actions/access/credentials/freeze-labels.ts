import { frozenLabel } from '#estate/enforcement/names.ts';
import type { Estate } from '#estate/estate.ts';
import { freezesAt } from '#ledger/state.ts';
import { covers } from '#policy/decide.ts';
import { calendarFreezes } from '../../standing.ts';
import { asDuty, type DutyEnd } from './duty.ts';
import type { MintingWorld } from './world.ts';

/** A namespace whose label is not as the freezes of this moment have it. */
export interface Edge {
  readonly cluster: string;
  readonly namespace: string;
  /** The freeze's name; null: none covers it any more. */
  readonly freeze: string | null;
}

type FreezeWorld = MintingWorld & { readonly estate: Pick<Estate, 'calendar'> };

/** A shared pool is frozen while any tenant in it is: a namespace cannot be frozen in part. */
export async function freezeLabels(world: FreezeWorld): Promise<readonly Edge[]> {
  const now = await world.now();
  const state = await world.ledger.state();
  const calendar = calendarFreezes(world.estate).filter(
    ({ from, until }) => Date.parse(from) <= now && now < Date.parse(until),
  );
  const inForce = [...freezesAt(state, now), ...calendar];
  const wanted = new Map<string, string>();
  for (const { name, cluster, namespace, environment, tier, retailer } of await world.tenants()) {
    const freeze = inForce.find(({ scope }) => covers(scope, { tenant: name, environment, tier, cluster, retailer }));
    if (cluster !== null && namespace !== null && freeze !== undefined) {
      wanted.set(`${cluster}/${namespace}`, freeze.name);
    }
  }
  const edges: Edge[] = [];
  for (const cluster of Object.keys(world.estate.clusters)) {
    const labelled = await (await world.minter(cluster)).namespacesWith(frozenLabel);
    for (const [namespace, value] of labelled) {
      const freeze = wanted.get(`${cluster}/${namespace}`) ?? null;
      if (freeze === null) {
        edges.push({ cluster, namespace, freeze: null });
      } else if (value === freeze) {
        wanted.delete(`${cluster}/${namespace}`);
      }
    }
  }
  for (const [place, freeze] of wanted) {
    const [cluster = '', namespace = ''] = place.split('/');
    edges.push({ cluster, namespace, freeze });
  }
  return edges;
}

export function labelNamespaces(edges: readonly Edge[], world: MintingWorld): Promise<DutyEnd> {
  const duty = { action: 'access-freeze' as const, subject: {}, grant: null, reason: 'a freeze has begun or ended' };
  return asDuty(world.ledger, duty, world.signal, async (step) => {
    for (const { cluster, namespace, freeze } of edges) {
      const minter = await world.minter(cluster);
      await step(`${freeze === null ? 'thaw' : 'freeze'} ${cluster}/${namespace}`, (operation) =>
        minter.labelNamespace(operation, namespace, frozenLabel, freeze),
      );
    }
    return edges
      .map(
        ({ cluster, namespace, freeze }) =>
          `${cluster}/${namespace} ${freeze === null ? 'thawed' : `frozen by ${freeze}`}`,
      )
      .join(', ')
      .slice(0, 2_000);
  });
}
