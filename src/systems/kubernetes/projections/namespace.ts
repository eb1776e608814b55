import { type Foreign, object, shared, text } from '../foreign.ts';
import type { NamespaceRow } from '../rows.ts';
import { metaOf } from './meta.ts';

export function namespaceRow(foreign: Foreign): NamespaceRow {
  return { ...metaOf(foreign), phase: shared(text(object(foreign['status'])['phase'])) };
}
