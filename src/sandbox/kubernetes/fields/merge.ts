import type { FieldSet } from './field-tree.ts';
import { type Place, partsOf } from './schema.ts';

/** An object with what is applied laid over it; what has one owner as a whole is replaced. */
export function merged(live: unknown, applied: unknown, place: Place): unknown {
  const [old, given] = [live === undefined ? [] : partsOf(live, place), partsOf(applied, place)];
  if (old === undefined || given === undefined) {
    return applied;
  }
  const byKey = new Map(given.map((part) => [part.key, part]));
  const known = new Set(old.map(({ key }) => key));
  const parts = [
    ...old.map((part) => {
      const laid = byKey.get(part.key);
      return laid === undefined ? part : { ...part, value: merged(part.value, laid.value, part.place) };
    }),
    ...given.filter(({ key }) => !known.has(key)),
  ];
  return Array.isArray(applied)
    ? parts.map(({ value }) => value)
    : Object.fromEntries(parts.flatMap(({ field, value }) => (field === undefined ? [] : [[field, value]])));
}

/**
 * An object without the fields that somebody has let go of. What another one owns stays, and so does whatever leads to it;
 * all else below a field goes with it, defaults too.
 */
export function pruned(value: unknown, gone: FieldSet, owned: FieldSet, place: Place): unknown {
  const parts = partsOf(value, place);
  if (gone === undefined || parts === undefined) {
    return value;
  }
  const left = parts.flatMap((part) => {
    const [lost, kept] = [gone[part.key], owned?.[part.key]];
    if (lost === undefined) {
      return [part];
    }
    return kept === undefined ? [] : [{ ...part, value: pruned(part.value, lost, kept, part.place) }];
  });
  return Array.isArray(value)
    ? left.map((part) => part.value)
    : Object.fromEntries(left.flatMap((part) => (part.field === undefined ? [] : [[part.field, part.value]])));
}
