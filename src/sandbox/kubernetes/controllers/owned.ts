import type { Kind } from '../kinds/kind.ts';
import type { OwnerReference } from '../shapes.ts';
import type { Entry } from '../store/entry.ts';
import type { Store } from '../store/store.ts';
import type { StoredObject } from '../types.ts';

/** Who controls what, kept while objects come and go: a Deployment's ReplicaSets, a ReplicaSet's pods. */
export class OwnedObjects {
  readonly #byOwner = new Map<string, Map<string, Entry>>();

  constructor(store: Store) {
    store.onChange(({ type, entry, before }) => {
      const owner = controllerOf(entry.object);
      const owned = before === undefined ? undefined : controllerOf(before.object);
      if (owned !== undefined && owned.uid !== owner?.uid) {
        this.#byOwner.get(owned.uid)?.delete(`${entry.kind.plural}/${entry.key}`);
      }
      if (owner === undefined) {
        return;
      }
      const id = `${entry.kind.plural}/${entry.key}`;
      const siblings = this.#byOwner.get(owner.uid) ?? new Map<string, Entry>();
      if (type === 'DELETED') {
        siblings.delete(id);
      } else {
        siblings.set(id, entry);
      }
      if (siblings.size === 0) {
        this.#byOwner.delete(owner.uid);
      } else {
        this.#byOwner.set(owner.uid, siblings);
      }
    });
  }

  of<Shape>(owner: string, kind: Kind): readonly Shape[] {
    const found: Shape[] = [];
    for (const entry of this.#byOwner.get(owner)?.values() ?? []) {
      if (entry.kind.plural === kind.plural) {
        found.push(entry.object as Shape);
      }
    }
    return found;
  }

  entriesOf(owner: string): readonly Entry[] {
    return [...(this.#byOwner.get(owner)?.values() ?? [])];
  }
}

export function controllerOf(object: StoredObject): OwnerReference | undefined {
  const owners = object.metadata['ownerReferences'] as readonly OwnerReference[] | undefined;
  return owners?.find(({ controller }) => controller === true);
}

const references = new WeakMap<StoredObject['metadata'], readonly OwnerReference[]>();

/** The `ownerReferences` of what an object makes; one array for all of them, as ten thousand copies would weigh. */
export function ownedBy({ apiVersion, kind, metadata }: StoredObject): readonly OwnerReference[] {
  let known = references.get(metadata);
  if (known === undefined) {
    known = [{ apiVersion, kind, name: metadata.name, uid: metadata.uid, controller: true, blockOwnerDeletion: true }];
    references.set(metadata, known);
  }
  return known;
}
