import { invalid } from '../api/status.ts';
import type { Kind } from '../kinds/kind.ts';
import type { SeedObject, StoredObject } from '../types.ts';

/** Throws 422 for a finalizer that comes once the object is to be deleted. */
export function refuseNewHold(kind: Kind, object: SeedObject, before: StoredObject | undefined): void {
  if (before?.metadata['deletionTimestamp'] === undefined) {
    return;
  }
  const known = holdsOf(before);
  const added = holdsOf(object).filter((finalizer) => !known.includes(finalizer));
  if (added.length > 0) {
    const list = `[]string{${added.map((finalizer) => JSON.stringify(finalizer)).join(', ')}}`;
    const message = `Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers ${list}`;
    throw invalid(kind.kind, kind.group, object.metadata.name, [
      { reason: 'FieldValueForbidden', field: 'metadata.finalizers', message },
    ]);
  }
}

function holdsOf({ metadata }: SeedObject): readonly string[] {
  return (metadata['finalizers'] ?? []) as readonly string[];
}
