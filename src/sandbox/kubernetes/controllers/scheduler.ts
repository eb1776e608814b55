import type { Node, Pod } from '../shapes.ts';
import type { Store } from '../store/store.ts';
import { as, type Workload } from './cluster.ts';

/** Which node a pod goes to: the one with the fewest, among those that take any. */
export class Scheduler {
  readonly #store: Store;
  readonly #kinds: Workload;
  readonly #load = new Map<string, number>();
  #addresses = 0;

  constructor(store: Store, kinds: Workload) {
    this.#store = store;
    this.#kinds = kinds;
    store.onChange(({ type, entry, before }) => {
      if (entry.kind.plural === 'pods' && entry.kind.group === '') {
        this.#count(as<Pod>(before?.object), -1);
        this.#count(type === 'DELETED' ? undefined : as<Pod>(entry.object), 1);
      }
    });
  }

  pick(): Node | undefined {
    let best: Node | undefined;
    for (const { object } of this.#store.entries(this.#kinds.node)) {
      const node = object as unknown as Node;
      if (takesPods(node) && (best === undefined || this.#loadOf(node) < this.#loadOf(best))) {
        best = node;
      }
    }
    return best;
  }

  /** Why `pick` found nothing, in the words of the real scheduler. */
  refusal(): string {
    const nodes = this.#store.entries(this.#kinds.node).length;
    return `0/${nodes} nodes are available: ${nodes} node(s) had untolerated taint(s). preemption: 0/${nodes} nodes are available: ${nodes} Preemption is not helpful for scheduling.`;
  }

  nextAddress(): string {
    this.#addresses += 1;
    const number = this.#addresses;
    return `10.244.${(number >>> 8) & 0xff}.${number & 0xff}`;
  }

  #loadOf({ metadata }: Node): number {
    return this.#load.get(metadata.name) ?? 0;
  }

  #count(pod: Pod | undefined, by: number): void {
    const node = pod?.spec.nodeName;
    if (node !== undefined) {
      this.#load.set(node, (this.#load.get(node) ?? 0) + by);
    }
  }
}

function takesPods({ spec, status }: Node): boolean {
  const isReady = status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') ?? false;
  const isTainted = spec.taints?.some(({ effect }) => effect === 'NoSchedule' || effect === 'NoExecute') ?? false;
  return isReady && !isTainted && spec.unschedulable !== true;
}

export function hostAddress(node: Node | undefined): string {
  return node?.status?.addresses?.find(({ type }) => type === 'InternalIP')?.address ?? '';
}
