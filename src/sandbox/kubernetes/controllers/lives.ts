import type { Pod } from '../shapes.ts';
import { as, type Cluster } from './cluster.ts';
import type { Scheduler } from './scheduler.ts';

/** What is remembered of a pod beside its status. */
interface Life {
  readonly ip: string;
  /** Crashes in a row: the back-off grows with them. */
  crashes: number;
  /** Takes back the next thing that happens to it. */
  stop: () => void;
}

/** Each pod has one next thing that happens to it, and it happens to the pod as it is by then. */
export class Lives {
  readonly #cluster: Cluster;
  readonly #scheduler: Scheduler;
  readonly #lives = new Map<string, Life>();

  constructor(cluster: Cluster, scheduler: Scheduler) {
    this.#cluster = cluster;
    this.#scheduler = scheduler;
  }

  of({ metadata, status }: Pod): Life {
    let life = this.#lives.get(metadata.uid);
    if (life === undefined) {
      life = { ip: status?.podIP ?? this.#scheduler.nextAddress(), crashes: 0, stop: () => {} };
      this.#lives.set(metadata.uid, life);
    }
    return life;
  }

  /** The pod as it is now; undefined once it is gone, or when another one has its name. */
  current({ metadata }: Pod): Pod | undefined {
    const { store, kinds } = this.#cluster;
    const pod = as<Pod>(store.get(kinds.pod, metadata.namespace, metadata.name));
    return pod?.metadata.uid === metadata.uid ? pod : undefined;
  }

  later(pod: Pod, ms: number, step: (pod: Pod) => void): void {
    const life = this.of(pod);
    life.stop();
    life.stop = this.#cluster.timers.after(this.#cluster.span(ms), () => {
      const now = this.current(pod);
      const isOver = now?.status?.phase === 'Succeeded' || now?.status?.phase === 'Failed';
      // What has ended is only ever removed.
      if (now !== undefined && (!isOver || now.metadata.deletionTimestamp !== undefined)) {
        step(now);
      }
    });
  }

  forget({ metadata }: Pod): void {
    this.#lives.get(metadata.uid)?.stop();
    this.#lives.delete(metadata.uid);
  }
}
