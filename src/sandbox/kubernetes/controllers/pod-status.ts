import { createHash } from 'node:crypto';
import { instant } from '#text/clock.ts';
import type { Condition, ContainerState, ContainerStatus, Pod, PodSpec, PodStatus, Terminated } from '../shapes.ts';
import { qualityOf } from './pods.ts';

/** What the kubelet knows of the container that matters; the others of the pod run and are ready. */
export interface ContainerView {
  readonly state: ContainerState;
  readonly ready: boolean;
  readonly restarts: number;
  readonly last?: Terminated | undefined;
  /** The image that is told, where it is not the spec's. */
  readonly image?: string | undefined;
}

export interface Placement {
  readonly ip: string;
  readonly hostIp: string;
  /** Epoch milliseconds. */
  readonly startedAt: number;
}

type Draft = Pick<Pod, 'spec' | 'status'> & { readonly metadata: { readonly name: string; readonly uid?: string } };

/** A pod's status while it is on a node. */
export function statusOnNode(
  pod: Draft,
  { ip, hostIp, startedAt }: Placement,
  main: ContainerView,
  now: number,
): PodStatus {
  const before = pod.status?.conditions;
  const isCreating = main.state.waiting?.reason === 'ContainerCreating';
  const at = instant(now);
  const conditions = [
    condition(before, 'PodReadyToStartContainers', !isCreating, at),
    condition(before, 'Initialized', true, at),
    condition(before, 'Ready', main.ready, at, unready(pod.spec, phaseOf(pod.spec, main))),
    condition(before, 'ContainersReady', main.ready, at, unready(pod.spec, phaseOf(pod.spec, main))),
    condition(before, 'PodScheduled', true, at),
    ...(before ?? []).filter(({ type }) => type === 'DisruptionTarget'),
  ];
  return {
    phase: phaseOf(pod.spec, main),
    conditions,
    hostIP: hostIp,
    hostIPs: [{ ip: hostIp }],
    ...(isCreating ? {} : { podIP: ip, podIPs: [{ ip }] }),
    startTime: instant(startedAt),
    containerStatuses: containerStatuses(pod, main, startedAt),
    qosClass: qualityOf(pod.spec),
  };
}

export function unscheduledStatus(pod: Draft, message: string, now: number): PodStatus {
  return {
    phase: 'Pending',
    conditions: [
      condition(pod.status?.conditions, 'PodScheduled', false, instant(now), { reason: 'Unschedulable', message }),
    ],
    qosClass: qualityOf(pod.spec),
  };
}

export function scheduledStatus(pod: Draft, now: number): PodStatus {
  return {
    phase: 'Pending',
    conditions: [condition(undefined, 'PodScheduled', true, instant(now))],
    qosClass: qualityOf(pod.spec),
  };
}

function containerStatuses(pod: Draft, main: ContainerView, startedAt: number): readonly ContainerStatus[] {
  return pod.spec.containers
    .map(({ name, image }, index) => {
      const isCreating = main.state.waiting?.reason === 'ContainerCreating';
      const view: ContainerView =
        index === 0 || isCreating
          ? main
          : { state: { running: { startedAt: instant(startedAt) } }, ready: true, restarts: 0 };
      return containerStatus(pod, name, view.image ?? image, view);
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function containerStatus({ metadata }: Draft, name: string, image: string, view: ContainerView): ContainerStatus {
  const isThere = view.state.running !== undefined || view.state.terminated !== undefined || view.last !== undefined;
  return {
    name,
    state: view.state,
    lastState: view.last === undefined ? {} : { terminated: view.last },
    ready: view.ready,
    restartCount: view.restarts,
    image,
    imageID: isThere ? imageId(image) : '',
    ...(isThere ? { containerID: containerId(metadata.name, name, view.restarts) } : {}),
    started: view.state.running !== undefined,
  };
}

export function containerId(pod: string, container: string, restarts: number): string {
  return `containerd://${digest(`${pod}/${container}/${restarts}`)}`;
}

const imageIds = new Map<string, string>();

function imageId(image: string): string {
  let known = imageIds.get(image);
  if (known === undefined) {
    known = `${image.replace(/[:@][^/]*$/, '')}@sha256:${digest(image)}`;
    imageIds.set(image, known);
  }
  return known;
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** A container that has ended for good ends its pod. */
function phaseOf({ restartPolicy }: PodSpec, { state, restarts }: ContainerView): string {
  const { waiting, terminated } = state;
  if (terminated !== undefined && restartPolicy !== undefined && restartPolicy !== 'Always') {
    return terminated.exitCode === 0 ? 'Succeeded' : restartPolicy === 'Never' ? 'Failed' : 'Running';
  }
  return waiting !== undefined && (waiting.reason === 'ContainerCreating' || restarts === 0) ? 'Pending' : 'Running';
}

function unready(spec: PodSpec, phase: string): { readonly reason: string; readonly message?: string } {
  if (phase === 'Succeeded' || phase === 'Failed') {
    return { reason: phase === 'Succeeded' ? 'PodCompleted' : 'PodFailed' };
  }
  return {
    reason: 'ContainersNotReady',
    message: `containers with unready status: [${spec.containers[0]?.name ?? ''}]`,
  };
}

function condition(
  before: readonly Condition[] | undefined,
  type: string,
  isTrue: boolean,
  at: string,
  why?: { readonly reason: string; readonly message?: string },
): Condition {
  const status = isTrue ? 'True' : 'False';
  const known = before?.find((each) => each.type === type);
  const lastTransitionTime = known?.status === status ? (known.lastTransitionTime ?? at) : at;
  return { type, status, lastProbeTime: null, lastTransitionTime, ...(isTrue ? {} : why) };
}
