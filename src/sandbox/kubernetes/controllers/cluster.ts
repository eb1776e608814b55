import type { Clock } from '#text/clock.ts';
import type { Kind } from '../kinds/kind.ts';
import type { Store } from '../store/store.ts';
import type { StoredObject, Timers } from '../types.ts';
import type { OwnedObjects } from './owned.ts';
import type { Recorder } from './recorder.ts';

/** What every controller works with. */
export interface Cluster {
  readonly store: Store;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly owned: OwnedObjects;
  readonly recorder: Recorder;
  readonly kinds: Workload;
  /** Real milliseconds for a span of the cluster's life: pods start and back off `pace` times faster. */
  readonly span: (ms: number) => number;
}

/** The kinds that controllers touch, looked up once. */
export interface Workload {
  readonly namespace: Kind;
  readonly node: Kind;
  readonly pod: Kind;
  readonly event: Kind;
  readonly service: Kind;
  readonly serviceAccount: Kind;
  readonly configMap: Kind;
  readonly endpoints: Kind;
  readonly slice: Kind;
  readonly deployment: Kind;
  readonly replicaSet: Kind;
  readonly statefulSet: Kind;
  readonly autoscaler: Kind;
  readonly lease: Kind;
  readonly budget: Kind;
  readonly quota: Kind;
  readonly revision: Kind;
  readonly job: Kind;
  readonly secret: Kind;
}

export function workloadKinds({ kinds }: Store): Workload {
  const of = (apiVersion: string, kind: string): Kind => {
    const found = kinds.of(apiVersion, kind);
    if (found === undefined) {
      throw new Error(`no ${apiVersion} ${kind} among the kinds served`);
    }
    return found;
  };
  return {
    namespace: of('v1', 'Namespace'),
    node: of('v1', 'Node'),
    pod: of('v1', 'Pod'),
    event: of('v1', 'Event'),
    service: of('v1', 'Service'),
    serviceAccount: of('v1', 'ServiceAccount'),
    configMap: of('v1', 'ConfigMap'),
    endpoints: of('v1', 'Endpoints'),
    slice: of('discovery.k8s.io/v1', 'EndpointSlice'),
    deployment: of('apps/v1', 'Deployment'),
    replicaSet: of('apps/v1', 'ReplicaSet'),
    statefulSet: of('apps/v1', 'StatefulSet'),
    autoscaler: of('autoscaling/v2', 'HorizontalPodAutoscaler'),
    lease: of('coordination.k8s.io/v1', 'Lease'),
    budget: of('policy/v1', 'PodDisruptionBudget'),
    quota: of('v1', 'ResourceQuota'),
    revision: of('apps/v1', 'ControllerRevision'),
    job: of('batch/v1', 'Job'),
    secret: of('v1', 'Secret'),
  };
}

/** Writes a status and nothing else; a status that says the same changes nothing. */
export function putStatus({ store }: Cluster, kind: Kind, object: StoredObject, status: unknown): void {
  store.put(kind, { ...object, status });
}

/** An object of the store as the shape its kind has. */
export function as<Shape>(object: StoredObject | undefined): Shape | undefined {
  return object as Shape | undefined;
}
