import { isDeepStrictEqual } from 'node:util';
import { type FieldSet, type FieldTree, node } from './field-tree.ts';
import { type Part, type Place, partsOf } from './schema.ts';

export interface Difference {
  /** Added, or of another value. */
  readonly changed: FieldSet;
  readonly removed: FieldSet;
}

const nothing: Difference = { changed: undefined, removed: undefined };

/** What one write did to an object, field by field (structured-merge-diff's `Compare`). */
export function compared(before: unknown, after: unknown, place: Place): Difference {
  if (isDeepStrictEqual(before, after)) {
    return nothing;
  }
  const [old, now] = [
    before === undefined ? [] : partsOf(before, place),
    after === undefined ? [] : partsOf(after, place),
  ];
  if (old === undefined || now === undefined || old.length + now.length === 0) {
    return after === undefined ? { changed: undefined, removed: {} } : { changed: {}, removed: undefined };
  }
  const [oldByKey, nowByKey] = [byKey(old), byKey(now)];
  const changed: Record<string, FieldTree> = {};
  const removed: Record<string, FieldTree> = {};
  for (const key of new Set([...nowByKey.keys(), ...oldByKey.keys()])) {
    const [was, is] = [oldByKey.get(key), nowByKey.get(key)];
    const inner = compared(was?.value, is?.value, (is ?? was ?? { place }).place);
    if (inner.changed !== undefined) {
      changed[key] = inner.changed;
    }
    if (inner.removed !== undefined) {
      removed[key] = inner.removed;
    }
  }
  // `metadata` is the server's, also when nothing in it is anybody's.
  const isOwn = place.path.join() !== 'metadata';
  return {
    changed: node(isOwn && before === undefined, changed),
    removed: node(isOwn && after === undefined, removed),
  };
}

/** The fields that somebody who applies this names (structured-merge-diff's `ToFieldSet`). */
export function fieldsOf(value: unknown, place: Place): FieldSet {
  const parts = partsOf(value, place);
  if (parts === undefined) {
    return {};
  }
  const children: Record<string, FieldTree> = {};
  for (const part of parts) {
    const inner = isEmptyMap(part.value) ? {} : fieldsOf(part.value, part.place);
    const whole = part.isEntry ? node(true, withoutSelf(inner)) : inner;
    if (whole !== undefined) {
      children[part.key] = whole;
    }
  }
  return node(false, children);
}

function withoutSelf(tree: FieldSet): Readonly<Record<string, FieldTree>> {
  const { '.': _, ...children } = tree ?? {};
  return children;
}

function isEmptyMap(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0;
}

function byKey(parts: readonly Part[]): ReadonlyMap<string, Part> {
  return new Map(parts.map((part) => [part.key, part]));
}
