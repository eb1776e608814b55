import { instant } from '#text/clock.ts';
import type { StoredObject } from '../types.ts';
import type { Cluster } from './cluster.ts';

/** Whether somebody wants to do something before the object goes: it then stays, marked. */
export function isHeld({ metadata }: StoredObject): boolean {
  return ((metadata['finalizers'] ?? []) as readonly string[]).length > 0;
}

export function markDeleted({ store, clock }: Cluster, object: StoredObject): StoredObject {
  const kind = store.kinds.of(object.apiVersion, object.kind);
  if (kind === undefined || object.metadata['deletionTimestamp'] !== undefined) {
    return object;
  }
  const deletionTimestamp = instant(clock.now());
  return store.put(kind, {
    ...object,
    metadata: { ...object.metadata, deletionTimestamp, deletionGracePeriodSeconds: 0 },
  });
}

/** Marked, and nobody holds it any more. Pods and namespaces end in their own ways. */
export function isReleased(object: StoredObject): boolean {
  const isOther = object.kind !== 'Pod' && object.kind !== 'Namespace';
  return isOther && object.metadata['deletionTimestamp'] !== undefined && !isHeld(object);
}
