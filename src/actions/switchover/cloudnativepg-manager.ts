import type { PostgresServer } from '#estate/schema.ts';
import { type CloudNativePgCluster, hasPod, healthyPhase, readCloudNativePg } from '#systems/cloudnativepg/cluster.ts';
import { promote } from '#systems/cloudnativepg/promote.ts';
import { managerOf } from '#systems/kubernetes/open-writer.ts';
import { ReadFailure } from '#systems/source.ts';
import { WriteFailure } from '#systems/write-failure.ts';
import type { PlanWorld } from '../action.ts';
import { isStamped } from '../kubernetes/owners.ts';
import { plannedObject } from '../kubernetes/planned-object.ts';
import type { Found, Manager, Member, Topology } from './manager.ts';

const usualSeconds = 30;
/** Promotion and the old primary's return, beside its shutdown. */
const besideShutdownSeconds = 120;

export async function openCloudNativePgManager(
  place: NonNullable<PostgresServer['cloudnativepg']>,
  world: PlanWorld,
): Promise<Manager> {
  const reader = await world.cluster(place.cluster);
  let seen: CloudNativePgCluster | null = null;

  const look = async (): Promise<CloudNativePgCluster> => {
    seen = await readCloudNativePg(reader, place);
    return seen;
  };

  return {
    label: `CloudNativePG ${place.namespace}/${place.name}`,
    expectedSeconds: usualSeconds,
    budgetSeconds: () => (seen?.switchoverSeconds ?? 0) + besideShutdownSeconds,
    objects: (tenant) =>
      seen === null
        ? []
        : [plannedObject({ kind: 'Cluster', ...seen }, { cluster: place.cluster, tenant }, seen.generation)],
    equivalents: (_from, to) => [`kubectl cnpg promote -n ${place.namespace} ${place.name} ${to}`],
    topology: async () => topologyOf(await look()),
    async switchOver(operation, from, to, acting) {
      const held = await look().catch((error: unknown) => {
        throw error instanceof ReadFailure
          ? new WriteFailure('refused', `it could not be read before writing: ${error.message}`, error.code)
          : error;
      });
      if (held.currentPrimary !== from || held.targetPrimary !== from) {
        throw new WriteFailure(
          'refused',
          `${held.currentPrimary ?? 'nobody'} leads, and ${held.targetPrimary ?? 'nobody'} is to lead`,
          'moved',
          true,
        );
      }
      if (!(await hasPod(reader, place, to))) {
        throw new WriteFailure('refused', `there is no pod ${to}`, '404', true);
      }
      await promote(operation, await acting.clusterWriter(place.cluster), held, { to, at: acting.clock.now() });
      const { targetPrimary } = await look();
      if (targetPrimary !== to) {
        // It was written, and is not there: something took it back, or never took it up (facts: data-tier.md §1.8).
        throw new WriteFailure('unknown', `${to} was written as the target, and ${targetPrimary ?? 'nobody'} is`);
      }
      return `${to} is to lead; its operator has ${held.switchoverSeconds} s for the shutdown of ${from}`;
    },
    async find({ leader, to, timeline }, operation): Promise<Found> {
      const held = await look();
      if (isStamped(held.held, managerOf({ id: operation }), 'status.targetPrimary')) {
        return held.targetPrimary === to ? 'applied' : 'indeterminate';
      }
      const isUntouched = held.targetPrimary === leader && held.currentPrimary === leader && held.timeline === timeline;
      return isUntouched ? 'absent' : 'indeterminate';
    },
    close: async () => undefined,
  };
}

export function topologyOf(cluster: CloudNativePgCluster): Topology {
  const { currentPrimary, targetPrimary, phase, phaseReason, timeline, switchoverSeconds } = cluster;
  const isSettled = phase === healthyPhase && currentPrimary !== null && currentPrimary === targetPrimary;
  const words = `${phase || 'no phase'}${phaseReason === null || isSettled ? '' : ` (${phaseReason})`}`;
  const isFenced = cluster.fenced.includes('*');
  return {
    leader: currentPrimary,
    timeline,
    systemIdentifier: cluster.systemIdentifier,
    members: cluster.instances.map((name) => memberOf(name, cluster)),
    // The old primary is shut down in order first, so that any standby will do.
    isSynchronous: false,
    maximumLagBytes: null,
    standstill: [
      ...(isSettled ? [] : [`it is not at rest: ${words}`]),
      ...(cluster.isReplica ? ['it follows another Cluster: its primary only receives'] : []),
      ...(cluster.isHibernated ? ['it hibernates'] : []),
      ...(isFenced ? ['all of its instances are fenced'] : []),
      ...(currentPrimary !== null && targetPrimary !== null && currentPrimary !== targetPrimary
        ? [`${targetPrimary} is to take over from ${currentPrimary} already`]
        : []),
    ],
    warnings: [
      `the operator may legally take ${switchoverSeconds} s (\`switchoverDelay\`) to shut ${currentPrimary ?? 'the primary'} down, and nobody writes meanwhile`,
    ],
    isSettled,
    words,
  };
}

function memberOf(name: string, { currentPrimary, healthy, fenced, timeline }: CloudNativePgCluster): Member {
  const isHealthy = healthy.includes(name);
  return {
    name,
    isLeader: name === currentPrimary,
    state: isHealthy ? 'healthy' : 'not healthy',
    isRunning: isHealthy,
    // The operator counts an instance as healthy only on the primary's timeline.
    timeline: isHealthy ? timeline : null,
    lagBytes: null,
    // Who is synchronous the server itself says.
    isSynchronous: false,
    barred: fenced.includes(name) ? 'it is fenced' : null,
    isReplayPaused: false,
    note: null,
    address: null,
  };
}
