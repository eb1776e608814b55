import { apiVersionOf, type Kind } from '../kinds/kind.ts';
import type { StoredObject } from '../types.ts';

const metaAt = '"metadata":'.length;

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
  #metaLength = 0;

  constructor(kind: Kind, object: StoredObject, version: number) {
    this.kind = kind;
    this.object = object;
    this.key = keyOf(object.metadata.namespace, object.metadata.name);
    this.version = version;
  }

  /** The object's JSON from its first field after `kind` and `apiVersion`, with the closing brace. */
  get body(): Buffer {
    this.#body ??= this.#serialise();
    return this.#body;
  }

  /** The JSON of `metadata` alone: a part of the body, so that it costs nothing more. */
  get meta(): Buffer {
    return this.body.subarray(metaAt, metaAt + this.#metaLength);
  }

  #serialise(): Buffer {
    const { kind: _, apiVersion: __, metadata, ...rest } = this.object;
    const meta = JSON.stringify(metadata);
    this.#metaLength = Buffer.byteLength(meta);
    const others = JSON.stringify(rest).slice(1);
    return Buffer.from(`"metadata":${meta}${others === '}' ? '' : ','}${others}`);
  }
}

export function keyOf(namespace: string | undefined, name: string): string {
  return namespace === undefined || namespace === '' ? name : `${namespace}/${name}`;
}

/** What precedes `body` in a whole object. */
export function headOf(kind: Kind): string {
  return `{"kind":"${kind.kind}","apiVersion":"${apiVersionOf(kind)}",`;
}
