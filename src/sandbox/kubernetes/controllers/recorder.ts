import { type Clock, instant } from '#text/clock.ts';
import type { Kind } from '../kinds/kind.ts';
import type { Store } from '../store/store.ts';
import type { StoredObject } from '../types.ts';

export interface Occurrence {
  readonly about: StoredObject;
  readonly type?: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  readonly component: string;
  readonly host?: string;
  /** `spec.containers{odoo}` */
  readonly fieldPath?: string;
}

/** Events live one hour, as `--event-ttl` has it. */
const keepMs = 3_600_000;

/** Writes Event objects; the same thing again grows the count of the one there is, as the real recorder does. */
export class Recorder {
  readonly #store: Store;
  readonly #kind: Kind;
  readonly #clock: Clock;
  /** By what happened to whom, oldest first. */
  readonly #known = new Map<string, { readonly namespace: string; readonly name: string; readonly at: number }>();
  #count = 0;

  constructor(store: Store, kind: Kind, clock: Clock) {
    this.#store = store;
    this.#kind = kind;
    this.#clock = clock;
  }

  record({ about, type = 'Normal', reason, message, component, host, fieldPath }: Occurrence): void {
    const now = this.#clock.now();
    this.#forget(now);
    const namespace = about.metadata.namespace ?? 'default';
    const id = `${about.metadata.uid} ${reason} ${message}`;
    const known = this.#known.get(id);
    const before = known === undefined ? undefined : this.#store.get(this.#kind, namespace, known.name);
    this.#count += 1;
    const name =
      before?.metadata.name ??
      `${about.metadata.name}.${(BigInt(now) * 1_000_000n + BigInt(this.#count)).toString(16)}`;
    this.#known.delete(id);
    this.#known.set(id, { namespace, name, at: now });
    const at = instant(now);
    this.#store.put(this.#kind, {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name, namespace },
      involvedObject: {
        kind: about.kind,
        ...(about.metadata.namespace === undefined ? {} : { namespace: about.metadata.namespace }),
        name: about.metadata.name,
        uid: about.metadata.uid,
        apiVersion: about.apiVersion,
        resourceVersion: about.metadata.resourceVersion,
        ...(fieldPath === undefined ? {} : { fieldPath }),
      },
      reason,
      message,
      source: { component, ...(host === undefined ? {} : { host }) },
      firstTimestamp: (before?.['firstTimestamp'] as string | undefined) ?? at,
      lastTimestamp: at,
      count: Number(before?.['count'] ?? 0) + 1,
      type,
      eventTime: null,
      reportingComponent: component,
      reportingInstance: host ?? '',
    });
  }

  #forget(now: number): void {
    for (const [id, { namespace, name, at }] of this.#known) {
      if (now - at < keepMs) {
        return;
      }
      this.#known.delete(id);
      this.#store.delete(this.#kind, namespace, name);
    }
  }
}
