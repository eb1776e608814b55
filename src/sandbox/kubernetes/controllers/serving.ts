import type { LogLine } from '../api/log.ts';
import type { Pod } from '../shapes.ts';
import type { PodListener, PodServer, StoredObject } from '../types.ts';
import type { Cluster } from './cluster.ts';
import { environmentOf } from './pod-environment.ts';
import { NotReady } from './pod-volumes.ts';

/** The pods behind whose ports something real listens on this machine: where a port-forward to them ends. */
export class ServingPods {
  readonly #cluster: Cluster;
  readonly #server: PodServer | undefined;
  /** By the pod's uid. */
  readonly #listeners = new Map<string, Promise<PodListener>>();
  readonly #running = new Map<string, PodListener>();

  constructor(cluster: Cluster, server: PodServer | undefined) {
    this.#cluster = cluster;
    this.#server = server;
  }

  /**
   * Calls `then` when the pod listens, at once when nothing listens for such a pod; `waits` with the kubelet's reason when it cannot be
   * started yet.
   */
  start(pod: Pod, then: () => void, waits: (reason: string, message: string) => void): void {
    const { uid } = pod.metadata;
    if (!this.takes(pod)) {
      then();
      return;
    }
    const [container] = pod.spec.containers;
    let environment: Readonly<Record<string, string>>;
    try {
      environment = container === undefined ? {} : environmentOf(this.#cluster, pod, container);
    } catch (error) {
      if (!(error instanceof NotReady)) {
        throw error;
      }
      waits(error.reason, error.message);
      return;
    }
    const starting = this.#listeners.get(uid) ?? this.#server?.start(pod as unknown as StoredObject, environment);
    if (starting !== undefined) {
      this.#listeners.set(uid, starting);
      starting.then(
        (listener) => {
          if (this.#listeners.get(uid) === starting) {
            this.#running.set(uid, listener);
            then();
          }
        },
        (error: unknown) => waits('RunContainerError', String(error)),
      );
    }
  }

  takes(pod: Pod): boolean {
    return this.#server?.takes(pod as unknown as StoredObject) === true;
  }

  stop({ metadata }: Pod): void {
    const listener = this.#listeners.get(metadata.uid);
    this.#listeners.delete(metadata.uid);
    this.#running.delete(metadata.uid);
    listener?.then((one) => one.close()).catch(() => undefined);
  }

  async close(): Promise<void> {
    const all = [...this.#listeners.values()];
    this.#listeners.clear();
    this.#running.clear();
    await Promise.all(all.map((listener) => listener.then((one) => one.close()).catch(() => undefined)));
  }

  /** The port on this machine behind a pod's port; undefined where nothing listens. */
  async behind({ metadata }: Pod, port: number): Promise<number | undefined> {
    const listener = await this.#listeners.get(metadata.uid)?.catch(() => undefined);
    return listener?.ports.get(port);
  }

  /** What it has said; undefined for a pod behind which nothing runs. */
  logOf({ metadata }: Pod): readonly LogLine[] | undefined {
    return this.#running.get(metadata.uid)?.log();
  }
}
