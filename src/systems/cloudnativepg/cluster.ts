import type { ClusterReader } from '../kubernetes/cluster.ts';
import { type Foreign, number, object, objects, text, textOrNull } from '../kubernetes/foreign.ts';
import { ReadFailure } from '../source.ts';

export interface CloudNativePgPlace {
  readonly namespace: string;
  readonly name: string;
}

/** A Cluster of postgresql.cnpg.io, as its operator reports it (facts: data-tier.md §1.8). */
export interface CloudNativePgCluster extends CloudNativePgPlace {
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation: number | null;
  /** Names of instances, in the operator's order. */
  readonly instances: readonly string[];
  /** Those that answer and follow. */
  readonly healthy: readonly string[];
  readonly fenced: readonly string[];
  readonly currentPrimary: string | null;
  readonly targetPrimary: string | null;
  readonly phase: string;
  readonly phaseReason: string | null;
  readonly timeline: number | null;
  /** As text: it exceeds 2^53. */
  readonly systemIdentifier: string | null;
  /** It follows another Cluster, so that its primary only receives. */
  readonly isReplica: boolean;
  readonly isHibernated: boolean;
  /** How long the old primary may take to shut down before it is made to (`switchoverDelay`). */
  readonly switchoverSeconds: number;
  readonly held: Foreign;
}

export const healthyPhase = 'Cluster in healthy state';
/** The operator's own, an hour. */
const usualSwitchoverSeconds = 3_600;

/** Throws ReadFailure, `unsupported` where there is no such Cluster or no such kind. */
export async function readCloudNativePg(
  cluster: ClusterReader,
  place: CloudNativePgPlace,
): Promise<CloudNativePgCluster> {
  const held = object(await cluster.get(pathOf(place)));
  if (text(object(held['metadata'])['uid']) === '') {
    throw new ReadFailure('unsupported', `cluster ${cluster.name}: ${place.namespace}/${place.name} is no Cluster`);
  }
  return clusterIn(held, place);
}

/** Whether the pod of an instance is there. Throws ReadFailure. */
export async function hasPod(cluster: ClusterReader, { namespace }: CloudNativePgPlace, pod: string): Promise<boolean> {
  try {
    await cluster.get(`/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}`);
    return true;
  } catch (error) {
    if (error instanceof ReadFailure && error.code === '404') {
      return false;
    }
    throw error;
  }
}

export function pathOf({ namespace, name }: CloudNativePgPlace): string {
  return `/apis/postgresql.cnpg.io/v1/namespaces/${encodeURIComponent(namespace)}/clusters/${encodeURIComponent(name)}`;
}

function clusterIn(held: Foreign, place: CloudNativePgPlace): CloudNativePgCluster {
  const [metadata, spec, status] = [object(held['metadata']), object(held['spec']), object(held['status'])];
  const annotations = object(metadata['annotations']);
  const states = object(status['instancesStatus']);
  return {
    ...place,
    uid: text(metadata['uid']),
    resourceVersion: text(metadata['resourceVersion']),
    generation: typeof metadata['generation'] === 'number' ? metadata['generation'] : null,
    instances: names(status['instanceNames']),
    healthy: names(states['healthy']),
    fenced: fencedIn(annotations['cnpg.io/fencedInstances']),
    currentPrimary: textOrNull(status['currentPrimary']),
    targetPrimary: textOrNull(status['targetPrimary']),
    phase: text(status['phase']),
    phaseReason: textOrNull(status['phaseReason'], 1024),
    timeline: typeof status['timelineID'] === 'number' ? status['timelineID'] : null,
    systemIdentifier: textOrNull(status['systemID']),
    isReplica: object(spec['replica'])['enabled'] === true,
    isHibernated: annotations['cnpg.io/hibernation'] === 'on',
    switchoverSeconds: number(spec['switchoverDelay'], usualSwitchoverSeconds),
    held,
  };
}

/** The whole list of conditions, or null where it cannot be given back whole: a merge patch replaces it (§1.8). */
export function conditionsOf({ held }: CloudNativePgCluster): readonly Foreign[] | null {
  const { conditions } = object(held['status']);
  const whole = objects(conditions);
  return Array.isArray(conditions) && conditions.length === whole.length ? whole : null;
}

function names(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((name): name is string => typeof name === 'string') : [];
}

/** A list as JSON in an annotation; `*` is everybody. */
function fencedIn(annotation: unknown): readonly string[] {
  try {
    return names(JSON.parse(text(annotation, 4096)));
  } catch {
    return [];
  }
}
