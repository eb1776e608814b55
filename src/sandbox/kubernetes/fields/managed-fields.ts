import type { Kind } from '../kinds/kind.ts';
import type { SeedObject } from '../types.ts';
import { compared } from './compare.ts';
import { type FieldSet, united, without } from './field-tree.ts';
import { rootOf } from './schema.ts';

/** Who writes: the name that `fieldManager` gave, or the program's own. */
export interface Author {
  readonly manager: string;
  readonly subresource?: string | undefined;
  /** RFC 3339, whole seconds. */
  readonly at: string;
}

export interface Manager {
  readonly manager: string;
  readonly operation: string;
  readonly apiVersion: string;
  readonly time?: string;
  readonly fieldsType: 'FieldsV1';
  readonly fieldsV1: FieldSet;
  readonly subresource?: string;
}

/** The server's own; nobody manages them. */
const unmanaged = new Set([
  'name',
  'namespace',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'managedFields',
]);

/** The object with what this write changed entered under its author, and taken from everybody else. */
export function withManagedFields<Kept extends SeedObject>(
  kind: Kind,
  object: Kept,
  before: SeedObject | undefined,
  author: Author,
): Kept {
  const known = sentManagers(object, before);
  if (known === undefined) {
    return withManagers(object, []);
  }
  const { changed, removed } = compared(managed(before ?? blank(kind)), managed(object), rootOf(kind));
  const lost = united(changed, removed);
  const others = known.map((entry) => ({ ...entry, fieldsV1: without(entry.fieldsV1, lost) }));
  if (changed === undefined) {
    return withManagers(object, others);
  }
  const isOurs = (entry: Manager): boolean => isSame(entry, author, 'Update');
  const ours: Manager = {
    manager: author.manager,
    operation: 'Update',
    apiVersion: object.apiVersion,
    time: author.at,
    fieldsType: 'FieldsV1',
    fieldsV1: united(others.find(isOurs)?.fieldsV1, changed),
    ...(author.subresource === undefined ? {} : { subresource: author.subresource }),
  };
  return withManagers(object, [...others.filter((entry) => !isOurs(entry)), ours]);
}

export function isSame(entry: Manager, { manager, subresource }: Author, operation: 'Apply' | 'Update'): boolean {
  return entry.manager === manager && entry.operation === operation && entry.subresource === subresource;
}

export function managersOf(object: SeedObject | undefined): readonly Manager[] {
  return (object?.metadata['managedFields'] ?? []) as readonly Manager[];
}

/** Those who manage something, in the server's order: who applies first, then by time. */
export function withManagers<Kept extends SeedObject>(object: Kept, managers: readonly Manager[]): Kept {
  const { managedFields: _, ...metadata } = object.metadata as SeedObject['metadata'] & { managedFields?: unknown };
  const managedFields = managers
    .filter(({ fieldsV1 }) => fieldsV1 !== undefined)
    .toSorted(
      (a, b) =>
        a.operation.localeCompare(b.operation) ||
        (a.time ?? '').localeCompare(b.time ?? '') ||
        a.manager.localeCompare(b.manager),
    );
  return { ...object, metadata: { ...metadata, ...(managedFields.length === 0 ? {} : { managedFields }) } };
}

/** What somebody can manage of an object. */
export function managed(object: SeedObject): Readonly<Record<string, unknown>> {
  const { apiVersion: _, kind: __, metadata, ...rest } = object;
  const own = Object.entries(metadata).filter(([key]) => !unmanaged.has(key));
  return { ...rest, ...(own.length === 0 ? {} : { metadata: Object.fromEntries(own) }) };
}

/**
 * A client may set the entries itself, as `kubectl apply --server-side` does to take over from the client-side kind; an empty list
 * (`undefined` here) forgets them all.
 */
function sentManagers(object: SeedObject, before: SeedObject | undefined): readonly Manager[] | undefined {
  const sent = object.metadata['managedFields'];
  if (before === undefined || !Array.isArray(sent)) {
    return managersOf(before);
  }
  const entries = (sent as readonly Manager[]).filter(({ fieldsV1 }) => fieldsV1 !== undefined);
  return entries.length === 0 ? undefined : entries;
}

/** What Go's empty struct of a kind has already: whoever creates the object does not add these. */
function blank({ kind, custom }: Kind): SeedObject {
  const empty = { apiVersion: '', kind, metadata: { name: '' } };
  return custom ? empty : { ...empty, spec: blankSpecs[kind] ?? {}, status: {} };
}

const template = { metadata: {}, spec: {} };

const blankSpecs: Readonly<Record<string, object>> = {
  Deployment: { strategy: {}, template },
  StatefulSet: { updateStrategy: {}, template },
  DaemonSet: { updateStrategy: {}, template },
  ReplicaSet: { template },
  Job: { template },
  CronJob: { jobTemplate: { metadata: {}, spec: { template } } },
  PersistentVolumeClaim: { resources: {} },
};
