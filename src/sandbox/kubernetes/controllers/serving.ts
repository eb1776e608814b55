import type { LogLine } from '../api/log.ts';
import type { Pod } from '../shapes.ts';
import type { PodListener, PodServer, StoredObject } from '../types.ts';
import type { Cluster } from './cluster.ts';

/** What a pod's first container would have in its environment; `missing` says what the kubelet would wait for. */
type Environment = { readonly values: Readonly<Record<string, string>> } | { readonly missing: string };

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
    const isServed = this.#server?.takes(pod as unknown as StoredObject) === true;
    if (!isServed) {
      then();
      return;
    }
    const environment = this.#environmentOf(pod);
    if ('missing' in environment) {
      waits('CreateContainerConfigError', environment.missing);
      return;
    }
    const starting =
      this.#listeners.get(uid) ?? this.#server?.start(pod as unknown as StoredObject, environment.values);
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

  #environmentOf({ metadata, spec }: Pod): Environment {
    const values: Record<string, string> = {};
    const { kinds } = this.#cluster.store;
    const secrets = kinds.of('v1', 'Secret');
    for (const { name, value, valueFrom } of variablesOf(spec.containers[0]?.['env'])) {
      const from = valueFrom?.secretKeyRef;
      if (from === undefined) {
        values[name] = value ?? '';
        continue;
      }
      const secret =
        secrets === undefined ? undefined : this.#cluster.store.get(secrets, metadata.namespace, from.name);
      const held = (secret?.['data'] as Readonly<Record<string, string>> | undefined)?.[from.key];
      if (held === undefined) {
        const what =
          secret === undefined
            ? `secret "${from.name}" not found`
            : `couldn't find key ${from.key} in Secret ${metadata.namespace}/${from.name}`;
        return { missing: what };
      }
      values[name] = Buffer.from(held, 'base64').toString('utf8');
    }
    return { values };
  }
}

interface Variable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly secretKeyRef?: { readonly name: string; readonly key: string } };
}

function variablesOf(env: unknown): readonly Variable[] {
  return Array.isArray(env) ? (env as readonly Variable[]) : [];
}
