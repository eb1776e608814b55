import type { Tenant } from '#estate/estate.ts';
import type { ClusterReader } from '#systems/kubernetes/cluster.ts';
import { type Foreign, number, object, objects, text, texts } from '#systems/kubernetes/foreign.ts';
import { ReadFailure } from '#systems/source.ts';
import { exitCodes, TillError } from '#text/till-error.ts';
import type { PlanWorld } from '../action.ts';
import { type GitSources, gitSourcesOf } from './git/sources.ts';
import { collectionPath } from './object-path.ts';

/** A Deployment or StatefulSet of a tenant, as the API holds it. */
export interface Workload {
  readonly kind: 'Deployment' | 'StatefulSet';
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly generation: number;
  /** `app.kubernetes.io/component`; null where it has none. */
  readonly component: string | null;
  readonly instance: string | null;
  readonly replicas: number;
  readonly selector: Readonly<Record<string, string>>;
  readonly template: Foreign;
  readonly annotations: Readonly<Record<string, string>>;
  readonly held: Foreign;
}

export interface Autoscaler {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** null where the server counts none for this kind. */
  readonly generation: number | null;
  readonly min: number;
  readonly max: number;
  readonly target: { readonly kind: string; readonly name: string };
  /** The ScaledObject that makes it, where KEDA does. */
  readonly scaledObject: string | null;
  readonly held: Foreign;
}

export interface TenantWorkloads {
  readonly clusterName: string;
  readonly namespace: string;
  readonly cluster: ClusterReader;
  readonly workloads: readonly Workload[];
  readonly autoscalers: readonly Autoscaler[];
  readonly git: GitSources;
}

/** Reads what serves a tenant, now and from the server: a plan is not made from a cache. */
export async function workloadsOf(tenant: Tenant | null, world: PlanWorld): Promise<TenantWorkloads> {
  const { cluster: clusterName, namespace, selector, name } = tenant ?? {};
  if (clusterName == null || namespace == null) {
    throw new TillError(`${name ?? 'it'} names no cluster and namespace, so there are no workloads to act on`, {
      exit: exitCodes.usage,
      reason: 'no-workloads',
      ...(name === undefined ? {} : { target: name }),
      next: 'give the tenant a cluster and a namespace in the estate',
    });
  }
  const cluster = await world.cluster(clusterName);
  const query = selector == null ? '' : `?labelSelector=${encodeURIComponent(selector)}`;
  const read = async (kind: string, narrowed = query) =>
    objects(object(await readNow(cluster, `${collectionPath(kind, namespace)}${narrowed}`))['items']);
  const [deployments, statefulSets, autoscalers] = await Promise.all([
    read('Deployment'),
    read('StatefulSet'),
    read('HorizontalPodAutoscaler', ''),
  ]);
  return {
    clusterName,
    namespace,
    cluster,
    git: await gitSourcesOf([...deployments, ...statefulSets, ...autoscalers], cluster),
    workloads: [
      ...deployments.map((held) => workloadIn('Deployment', held)),
      ...statefulSets.map((held) => workloadIn('StatefulSet', held)),
    ],
    autoscalers: autoscalers.map(autoscalerIn),
  };
}

/** A read whose failure ends the plan, with the exit code of something that cannot be reached or seen. */
export async function readNow(cluster: ClusterReader, path: string): Promise<unknown> {
  try {
    return await cluster.get(path);
  } catch (error) {
    if (error instanceof ReadFailure) {
      throw new TillError(`cluster ${cluster.name}: ${error.message}`, {
        exit: error.reason === 'forbidden' ? exitCodes.refused : exitCodes.unreachable,
        reason: error.reason,
        target: cluster.name,
        cause: error,
      });
    }
    throw error;
  }
}

export function workloadIn(kind: Workload['kind'], held: Foreign): Workload {
  const metadata = object(held['metadata']);
  const labels = texts(metadata['labels']);
  const spec = object(held['spec']);
  return {
    kind,
    namespace: text(metadata['namespace']),
    name: text(metadata['name']),
    uid: text(metadata['uid']),
    generation: number(metadata['generation']),
    component: labels['app.kubernetes.io/component'] ?? null,
    instance: labels['app.kubernetes.io/instance'] ?? null,
    replicas: number(spec['replicas'], 1),
    selector: texts(object(spec['selector'])['matchLabels']),
    template: object(spec['template']),
    annotations: texts(metadata['annotations']),
    held,
  };
}

export function autoscalerIn(held: Foreign): Autoscaler {
  const metadata = object(held['metadata']);
  const spec = object(held['spec']);
  const target = object(spec['scaleTargetRef']);
  const owner = objects(metadata['ownerReferences']).find(({ kind }) => kind === 'ScaledObject');
  return {
    namespace: text(metadata['namespace']),
    name: text(metadata['name']),
    uid: text(metadata['uid']),
    generation: typeof metadata['generation'] === 'number' ? metadata['generation'] : null,
    min: number(spec['minReplicas'], 1),
    max: number(spec['maxReplicas'], 1),
    target: { kind: text(target['kind']), name: text(target['name']) },
    scaledObject: owner === undefined ? null : text(owner['name']),
    held,
  };
}

/** The workload of a container group: by its component label, else by its name. */
export function workloadOfGroup(workloads: readonly Workload[], group: string): Workload | undefined {
  return (
    workloads.find(({ component }) => component === group) ??
    workloads.find(({ name }) => name === group || name === `odoo-${group}`)
  );
}

export function groupOf({ component, name }: Workload): string {
  return component ?? name.replace(/^odoo-/, '');
}

export function autoscalerOf(workload: Workload, autoscalers: readonly Autoscaler[]): Autoscaler | undefined {
  return autoscalers.find(({ target }) => target.kind === workload.kind && target.name === workload.name);
}
