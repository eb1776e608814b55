import { isDeepStrictEqual } from 'node:util';
import type { SeedObject } from '../types.ts';

/** Who writes: the name that `fieldManager` gave, or the program's own. */
export interface Author {
  readonly manager: string;
  readonly subresource?: string | undefined;
  /** RFC 3339, whole seconds. */
  readonly at: string;
}

interface Entry {
  readonly manager: string;
  readonly operation: string;
  readonly apiVersion: string;
  readonly time?: string;
  readonly fieldsType: 'FieldsV1';
  readonly fieldsV1: Fields;
  readonly subresource?: string;
}

interface Fields {
  readonly [key: string]: Fields;
}

/** The server's own; nobody manages them. */
const unmanaged = new Set([
  'name',
  'namespace',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'managedFields',
]);

/** The object with what this write changed entered under its author, and taken from everybody else. */
export function withManagedFields<Kept extends SeedObject>(
  object: Kept,
  before: SeedObject | undefined,
  { manager, subresource, at }: Author,
): Kept {
  const known = (before?.metadata['managedFields'] ?? []) as readonly Entry[];
  const { managedFields: _, ...metadata } = object.metadata as SeedObject['metadata'] & { managedFields?: unknown };
  const changed = changedFields(managed(before), managed(object));
  if (Object.keys(changed).length === 0) {
    return { ...object, metadata: { ...metadata, ...(known.length === 0 ? {} : { managedFields: known }) } };
  }
  const isOurs = (entry: Entry): boolean =>
    entry.manager === manager && entry.operation === 'Update' && entry.subresource === subresource;
  const others = known
    .filter((entry) => !isOurs(entry))
    .map((entry) => ({ ...entry, fieldsV1: without(entry.fieldsV1, changed) }))
    .filter(({ fieldsV1 }) => Object.keys(fieldsV1).length > 0);
  const ours: Entry = {
    manager,
    operation: 'Update',
    apiVersion: object.apiVersion,
    time: at,
    fieldsType: 'FieldsV1',
    fieldsV1: united(known.find(isOurs)?.fieldsV1 ?? {}, changed),
    ...(subresource === undefined ? {} : { subresource }),
  };
  return { ...object, metadata: { ...metadata, managedFields: [...others, ours] } };
}

function managed(object: SeedObject | undefined): Readonly<Record<string, unknown>> {
  if (object === undefined) {
    return {};
  }
  const { apiVersion: _, kind: __, metadata, ...rest } = object;
  const own = Object.fromEntries(Object.entries(metadata).filter(([key]) => !unmanaged.has(key)));
  return { ...rest, ...(Object.keys(own).length === 0 ? {} : { metadata: own }) };
}

function changedFields(before: unknown, after: unknown): Fields {
  const changed: Record<string, Fields> = {};
  const [old, now] = [partsOf(before), partsOf(after)];
  for (const [key, value] of now ?? []) {
    const was = old?.get(key);
    if (isDeepStrictEqual(was, value)) {
      continue;
    }
    changed[key] = partsOf(value) === undefined ? {} : changedFields(was, value);
  }
  return changed;
}

/** Fields of an object, or the named entries of a list; undefined for what is one value. */
function partsOf(value: unknown): ReadonlyMap<string, unknown> | undefined {
  if (Array.isArray(value)) {
    const isNamed = value.every((entry) => typeof (entry as { name?: unknown } | null)?.name === 'string');
    return isNamed && value.length > 0
      ? new Map(value.map((entry) => [`k:${JSON.stringify({ name: (entry as { name: string }).name })}`, entry]))
      : undefined;
  }
  return typeof value === 'object' && value !== null
    ? new Map(Object.entries(value).map(([key, each]) => [`f:${key}`, each]))
    : undefined;
}

function united(one: Fields, other: Fields): Fields {
  const all: Record<string, Fields> = { ...one };
  for (const [key, fields] of Object.entries(other)) {
    all[key] = united(one[key] ?? {}, fields);
  }
  return all;
}

function without(fields: Fields, taken: Fields): Fields {
  const left: Record<string, Fields> = {};
  for (const [key, inner] of Object.entries(fields)) {
    const gone = taken[key];
    if (gone === undefined) {
      left[key] = inner;
      continue;
    }
    const rest = without(inner, gone);
    if (Object.keys(rest).length > 0) {
      left[key] = rest;
    }
  }
  return left;
}
