import { apiVersionOf, type Kind } from '../kinds/kind.ts';
import type { StoredObject } from '../types.ts';

/**
 * One version of one object, with its bytes made once and kept: ten thousand pods are listed by copying buffers, and every
 * watcher of a change writes the same ones.
 */
export class Entry {
  readonly kind: Kind;
  readonly object: StoredObject;
  /** `namespace/name`, or `name` for kinds of the cluster: the order of lists, as etcd's keys give it. */
  readonly key: string;
  readonly version: number;
  #body: Buffer | undefined;
  #meta: Buffer | undefined;

  constructor(kind: Kind, object: StoredObject, version: number) {
    this.kind = kind;
    this.object = object;
    this.key = keyOf(object.metadata.namespace, object.metadata.name);
    this.version = version;
  }

  /** The object's JSON from its first field after `kind` and `apiVersion`, with the closing brace. */
  get body(): Buffer {
    this.#body ??= Buffer.from(JSON.stringify({ ...this.object, kind: undefined, apiVersion: undefined }).slice(1));
    return this.#body;
  }

  /** The JSON of `metadata` alone. */
  get meta(): Buffer {
    this.#meta ??= Buffer.from(JSON.stringify(this.object.metadata));
    return this.#meta;
  }
}

export function keyOf(namespace: string | undefined, name: string): string {
  return namespace === undefined || namespace === '' ? name : `${namespace}/${name}`;
}

/** What precedes `body` in a whole object. */
export function headOf(kind: Kind): string {
  return `{"kind":"${kind.kind}","apiVersion":"${apiVersionOf(kind)}",`;
}
