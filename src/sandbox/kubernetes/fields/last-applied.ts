import type { Kind } from '../kinds/kind.ts';
import type { SeedObject } from '../types.ts';
import { compared, fieldsOf } from './compare.ts';
import { type FieldSet, united, without } from './field-tree.ts';
import { managed } from './managed-fields.ts';
import { rootOf } from './schema.ts';

const key = 'kubectl.kubernetes.io/last-applied-configuration';

/**
 * What kubectl's client-side apply left as it is still: kubectl on the server's side may take these fields over without force, and
 * nobody else may (fieldmanager's `lastAppliedManager`).
 */
export function fieldsLastApplied(kind: Kind, live: SeedObject, manager: string): FieldSet {
  const text = live.metadata.annotations?.[key];
  const last = manager !== 'kubectl' || text === undefined ? undefined : parsed(text);
  if (last === undefined) {
    return undefined;
  }
  const [then, now] = [managed(last), managed(live)];
  const { changed, removed } = compared(then, now, rootOf(kind));
  return without(fieldsOf(then, rootOf(kind)), united(changed, removed));
}

/** The annotation is kept up, so that somebody can go back to the client's side. */
export function withLastApplied(applied: SeedObject, config: SeedObject, manager: string): SeedObject {
  const { metadata } = applied;
  if (manager !== 'kubectl' || metadata.annotations?.[key] === undefined) {
    return applied;
  }
  const annotations = { ...metadata.annotations, [key]: `${JSON.stringify(config)}\n` };
  return { ...applied, metadata: { ...metadata, annotations } };
}

function parsed(text: string): SeedObject | undefined {
  try {
    return JSON.parse(text) as SeedObject;
  } catch {
    return undefined;
  }
}
