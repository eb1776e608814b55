import { isDeepStrictEqual } from 'node:util';
import { compared, fieldsOf } from '../fields/compare.ts';
import { type FieldSet, pathsOf, shared, united, without } from '../fields/field-tree.ts';
import { fieldsLastApplied, withLastApplied } from '../fields/last-applied.ts';
import {
  type Author,
  isSame,
  type Manager,
  managed,
  managersOf,
  withManagedFields,
  withManagers,
} from '../fields/managed-fields.ts';
import { merged, pruned } from '../fields/merge.ts';
import { rootOf } from '../fields/schema.ts';
import type { Kind } from '../kinds/kind.ts';
import type { SeedObject } from '../types.ts';
import { invalid, Refusal } from './status.ts';

export const applyType = 'application/apply-patch+yaml';

/** How a write by server-side apply is asked for. */
export interface Applying {
  readonly author: Author;
  /** Takes fields over that others manage with another value. */
  readonly isForced: boolean;
}

/** `fieldManager` is the one thing that apply cannot do without. */
export function refuseUnnamed(fieldManager: string | null): void {
  if (fieldManager === null || fieldManager === '') {
    const message = 'Required value: is required for apply patch';
    throw invalid('PatchOptions', 'meta.k8s.io', '', [
      { reason: 'FieldValueRequired', field: 'fieldManager', message },
    ]);
  }
}

export function refuseForced(force: string | null): void {
  if (force !== null) {
    const message = 'Forbidden: may not be specified for non-apply patch';
    throw invalid('PatchOptions', 'meta.k8s.io', '', [{ reason: 'FieldValueForbidden', field: 'force', message }]);
  }
}

/**
 * An object with what somebody applies laid over it, what they let go of taken away, and the managers told (structured-merge-diff's
 * `Apply`). Throws 409 with a cause for each field that another manager holds with another value.
 */
export function appliedTo(
  kind: Kind,
  before: SeedObject | undefined,
  config: SeedObject,
  { author, isForced }: Applying,
): SeedObject {
  const root = rootOf(kind);
  const live = before ?? { apiVersion: config.apiVersion, kind: config.kind, metadata: { name: config.metadata.name } };
  const managers =
    managersOf(before).length === 0 && before !== undefined ? firstManagers(kind, before, author) : managersOf(before);
  const isOurs = (entry: Manager): boolean => isSame(entry, author, 'Apply');
  const last = managers.find(isOurs);
  const fields = fieldsOf(managed(config), root);
  const others = managers.filter((entry) => !isOurs(entry));

  const owned = others.reduce<FieldSet>((all, { fieldsV1 }) => united(all, fieldsV1), fields);
  const gone = without(last?.fieldsV1, fields);
  const laid = pruned(merged(live, config, root), gone, owned, root) as SeedObject;

  const { changed, removed } = compared(managed(live), managed(laid), root);
  const free = fieldsLastApplied(kind, live, author.manager);
  const held = others.map((entry) => ({ entry, fields: without(shared(entry.fieldsV1, changed), free) }));
  const conflicts = held.flatMap(({ entry, fields: lost }) => pathsOf(lost).map((path) => ({ entry, path })));
  if (conflicts.length > 0 && !isForced) {
    throw applyConflict(conflicts);
  }
  const lost = united(changed, removed);
  const isUnchanged = lost === undefined && isDeepStrictEqual(last?.fieldsV1, fields);
  const ours: Manager = {
    manager: author.manager,
    operation: 'Apply',
    apiVersion: config.apiVersion,
    ...timeOf(author, isUnchanged ? last?.time : author.at),
    fieldsType: 'FieldsV1',
    fieldsV1: fields,
    ...(author.subresource === undefined ? {} : { subresource: author.subresource }),
  };
  const left = others.map((entry) => ({ ...entry, fieldsV1: without(entry.fieldsV1, lost) }));
  return withLastApplied(withManagers(laid, [...left, ours]), config, author.manager);
}

/** An entry that was applied to `/scale` has no time (facts: gitops.md §3.1). */
function timeOf({ subresource }: Author, time: string | undefined): { readonly time?: string } {
  return subresource === 'scale' || time === undefined ? {} : { time };
}

/** An object that nobody manages yet belongs, as it is, to whoever wrote it before the first apply. */
function firstManagers(kind: Kind, before: SeedObject, { at }: Author): readonly Manager[] {
  const { status: _, ...rest } = before;
  return managersOf(withManagedFields(kind, rest, undefined, { manager: 'before-first-apply', at }));
}

interface Conflict {
  readonly entry: Manager;
  readonly path: string;
}

function applyConflict(conflicts: readonly Conflict[]): Refusal {
  const [first] = conflicts;
  const byManager = Map.groupBy(conflicts, ({ entry }) => nameOf(entry));
  const told =
    conflicts.length === 1 && first !== undefined
      ? `Apply failed with 1 conflict: conflict with ${nameOf(first.entry)}: ${first.path}`
      : `Apply failed with ${conflicts.length} conflicts: ${[...byManager]
          .toSorted(([a], [b]) => a.localeCompare(b))
          .flatMap(([name, all]) => [`conflicts with ${name}:`, ...all.map(({ path }) => `- ${path}`)])
          .join('\n')}`;
  const causes = conflicts.map(({ entry, path }) => ({
    reason: 'FieldManagerConflict',
    message: `conflict with ${nameOf(entry)}`,
    field: path,
  }));
  return new Refusal(409, 'Conflict', told, { causes });
}

function nameOf({ manager, operation, subresource, apiVersion }: Manager): string {
  const name = `"${manager}"${subresource === undefined ? '' : ` with subresource "${subresource}"`}`;
  return operation === 'Update' ? `${name} using ${apiVersion}` : name;
}
