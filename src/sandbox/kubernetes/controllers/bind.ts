import type { Pod } from '../shapes.ts';
import type { PodBehaviour, StoredObject } from '../types.ts';
import { type Cluster, putStatus } from './cluster.ts';
import { scheduledStatus, unscheduledStatus } from './pod-status.ts';
import type { Scheduler } from './scheduler.ts';

/** Gives a pod its node, as the scheduler does; undefined, and told on the pod, when none takes it. */
export function bind(
  cluster: Cluster,
  scheduler: Scheduler,
  pod: Pod,
  behaviour: PodBehaviour | undefined,
): Pod | undefined {
  const { store, kinds, clock, recorder } = cluster;
  const object = pod as unknown as StoredObject;
  const asked = behaviour !== undefined && 'unschedulable' in behaviour ? behaviour.unschedulable : undefined;
  const node = asked === undefined ? scheduler.pick() : undefined;
  if (node === undefined) {
    const message = asked?.message ?? scheduler.refusal();
    putStatus(cluster, kinds.pod, object, unscheduledStatus(pod, message, clock.now()));
    recorder.record({
      about: object,
      type: 'Warning',
      reason: 'FailedScheduling',
      message,
      component: 'default-scheduler',
    });
    return undefined;
  }
  const bound = store.put(kinds.pod, {
    ...object,
    spec: { ...pod.spec, nodeName: node.metadata.name },
    status: scheduledStatus(pod, clock.now()),
  });
  recorder.record({
    about: bound,
    reason: 'Scheduled',
    message: `Successfully assigned ${pod.metadata.namespace}/${pod.metadata.name} to ${node.metadata.name}`,
    component: 'default-scheduler',
  });
  return bound as unknown as Pod;
}
