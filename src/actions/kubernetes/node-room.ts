import { type Foreign, object, objects, text, texts } from '#systems/kubernetes/foreign.ts';
import { quantity } from '#text/quantity.ts';
import { type Requests, requestsOf } from './requests.ts';

/** What a node has left for pods. */
export interface NodeRoom extends Requests {
  readonly name: string;
  readonly pods: number;
}

export interface PlacedPod {
  readonly node: string;
  readonly requests: Requests;
}

/** A pod that takes room on a node; null for one that has ended or has no node yet. */
export function placedPod(held: Foreign): PlacedPod | null {
  const spec = object(held['spec']);
  const node = text(spec['nodeName']);
  const { phase } = object(held['status']);
  return node === '' || phase === 'Succeeded' || phase === 'Failed' ? null : { node, requests: requestsOf(spec) };
}

/** Allocatable less requests, of the nodes that would take such a pod. */
export function roomOf(nodes: readonly Foreign[], pods: readonly PlacedPod[], template: Foreign): readonly NodeRoom[] {
  const taken = new Map<string, { cpu: number; memory: number; pods: number }>();
  for (const { node, requests } of pods) {
    const sum = taken.get(node) ?? { cpu: 0, memory: 0, pods: 0 };
    taken.set(node, { cpu: sum.cpu + requests.cpu, memory: sum.memory + requests.memory, pods: sum.pods + 1 });
  }
  return nodes
    .filter((node) => takes(node, template))
    .map((node) => {
      const name = text(object(node['metadata'])['name']);
      const allocatable = object(object(node['status'])['allocatable']);
      const used = taken.get(name) ?? { cpu: 0, memory: 0, pods: 0 };
      return {
        name,
        cpu: quantity(allocatable['cpu']) - used.cpu,
        memory: quantity(allocatable['memory']) - used.memory,
        pods: quantity(allocatable['pods'] ?? '110') - used.pods,
      };
    });
}

/** How many such pods fit, one after another, each where it fits: ten nodes with a little room each may take none. */
export function fitting(room: readonly NodeRoom[], requests: Requests, wanted: number): number {
  const left = room.map((node) => ({ ...node }));
  let placed = 0;
  while (placed < wanted) {
    const node = left.find(({ cpu, memory, pods }) => pods >= 1 && cpu >= requests.cpu && memory >= requests.memory);
    if (node === undefined) {
      break;
    }
    node.cpu -= requests.cpu;
    node.memory -= requests.memory;
    node.pods -= 1;
    placed += 1;
  }
  return placed;
}

/** Ready, not cordoned, without a taint that the pod does not tolerate, and with the labels that it selects by. */
function takes(node: Foreign, template: Foreign): boolean {
  const spec = object(node['spec']);
  const isReady = objects(object(node['status'])['conditions']).some(
    ({ type, status }) => type === 'Ready' && status === 'True',
  );
  const labels = texts(object(node['metadata'])['labels']);
  const tolerations = objects(template['tolerations']);
  const isTolerated = (taint: Foreign): boolean =>
    taint['effect'] === 'PreferNoSchedule' ||
    tolerations.some(
      ({ key, operator, value, effect }) =>
        (key === undefined || key === taint['key']) &&
        (effect === undefined || effect === taint['effect']) &&
        (operator === 'Exists' || value === (taint['value'] ?? '')),
    );
  return (
    isReady &&
    spec['unschedulable'] !== true &&
    objects(spec['taints']).every(isTolerated) &&
    Object.entries(texts(template['nodeSelector'])).every(([key, value]) => labels[key] === value)
  );
}
