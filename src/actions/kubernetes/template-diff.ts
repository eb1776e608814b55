import type { Json } from '#ledger/canonical.ts';
import { namesSecret, redactedMark, withoutSecrets } from '#ledger/secrets.ts';
import { type Foreign, object } from '#systems/kubernetes/foreign.ts';

export interface Difference {
  /** `spec.template.spec.containers[odoo].image` */
  readonly field: string;
  readonly before: Json;
  readonly after: Json;
}

export const hashLabel = 'pod-template-hash';

/** A ReplicaSet's pod template as its Deployment had it. */
export function withoutHash(template: Foreign): Foreign {
  const metadata = object(template['metadata']);
  const { [hashLabel]: _, ...labels } = object(metadata['labels']);
  return { ...template, metadata: { ...metadata, labels } };
}

/** What differs between two pod templates, field by field; lists of named things by name, other lists whole. */
export function templateDifferences(before: Foreign, after: Foreign): readonly Difference[] {
  return differences(before, after, 'spec.template');
}

function differences(before: unknown, after: unknown, path: string): readonly Difference[] {
  const [old, now] = [partsOf(before), partsOf(after)];
  if (
    (old === null && now === null) ||
    (before !== undefined && after !== undefined && (old === null) !== (now === null))
  ) {
    return JSON.stringify(before) === JSON.stringify(after)
      ? []
      : [{ field: path, before: told(before, path), after: told(after, path) }];
  }
  const keys = [...new Set([...(old?.keys() ?? []), ...(now?.keys() ?? [])])];
  return keys.flatMap((key) => differences(old?.get(key), now?.get(key), `${path}${key}`));
}

function partsOf(value: unknown): ReadonlyMap<string, unknown> | null {
  if (Array.isArray(value)) {
    const isNamed = value.length > 0 && value.every((each) => typeof each?.name === 'string');
    return isNamed ? new Map(value.map((each) => [`[${String(each.name)}]`, each])) : null;
  }
  if (typeof value !== 'object' || value === null) {
    return null;
  }
  return new Map(Object.entries(value).map(([key, each]) => [/^[\w-]+$/.test(key) ? `.${key}` : `[${key}]`, each]));
}

const longest = 200;

/** A value for a plan and its record: short, whole numbers, no secrets. */
function told(value: unknown, path: string): Json {
  if (value === undefined || value === null) {
    return null;
  }
  if (namesSecret(path.replace(/\.value$/, ''))) {
    return redactedMark;
  }
  if (typeof value === 'boolean' || Number.isSafeInteger(value)) {
    return value as boolean | number;
  }
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return withoutSecrets(text.length > longest ? `${text.slice(0, longest - 1)}…` : text);
}
