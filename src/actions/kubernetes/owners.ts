import { type Foreign, object, objects, text, texts, time } from '#systems/kubernetes/foreign.ts';
import { holdsField } from './fields.ts';
import { type GitSource, gitSourceOf } from './git/tracked.ts';

/** Who decides what a field says (facts: gitops.md §1, §3). */
export interface Owner {
  readonly kind: 'argo-cd' | 'flux' | 'helm' | 'manager';
  /** `Argo CD maple-toys`, `Flux apps/maple`, `Helm maple`, `kubectl`. */
  readonly name: string;
  /** What applies it from Git; null for all others. */
  readonly source: GitSource | null;
}

/** The managers by which a tool writes; it owns a field that stands in an entry of one of these. */
const managersOf = {
  'argo-cd': ['argocd-controller', 'argocd-application-controller'],
  flux: ['kustomize-controller', 'helm-controller'],
} as const;

/** The owners of a field, the strongest first. Pure: an object as the API gave it, and the path of a field. */
export function ownersOf(held: Foreign, fieldPath: string): readonly Owner[] {
  const metadata = object(held['metadata']);
  const labels = texts(metadata['labels']);
  const annotations = texts(metadata['annotations']);
  return [...git(held, fieldPath), ...helm(labels, annotations), ...manager(held, fieldPath)];
}

type Texts = Readonly<Record<string, string>>;

function git(held: Foreign, fieldPath: string): readonly Owner[] {
  const source = gitSourceOf(held);
  if (source === null) {
    return [];
  }
  const kind = source.tool === 'argo-cd' ? 'argo-cd' : 'flux';
  const where = source.namespace === null ? source.name : `${source.namespace}/${source.name}`;
  return isApplied(held, fieldPath, managersOf[kind])
    ? [{ kind, name: `${kind === 'flux' ? 'Flux' : 'Argo CD'} ${where}`, source }]
    : [];
}

function helm(labels: Texts, annotations: Texts): readonly Owner[] {
  const release = annotations['meta.helm.sh/release-name'];
  const isHelms = labels['app.kubernetes.io/managed-by'] === 'Helm' && release !== undefined;
  return isHelms ? [{ kind: 'helm', name: `Helm ${release}`, source: null }] : [];
}

/** Whoever wrote the field last, by managedFields. */
function manager(held: Foreign, fieldPath: string): readonly Owner[] {
  const [newest] = entriesOf(held)
    .filter((entry) => holdsField(entry['fieldsV1'], fieldPath))
    .toSorted((a, b) => (time(b['time']) ?? 0) - (time(a['time']) ?? 0));
  const name = text(newest?.['manager']);
  return name === '' ? [] : [{ kind: 'manager', name, source: null }];
}

/**
 * A tool that tracks an object need not own each of its fields: Git often leaves `replicas` out for an autoscaler's sake.
 * Where the tool's own entries are there they decide; else what was last applied; else it is taken to own it all.
 */
function isApplied(held: Foreign, fieldPath: string, managers: readonly string[]): boolean {
  const entries = entriesOf(held).filter((entry) => managers.includes(text(entry['manager'])));
  if (entries.length > 0) {
    return entries.some((entry) => holdsField(entry['fieldsV1'], fieldPath));
  }
  const annotations = object(object(held['metadata'])['annotations']);
  const applied = annotations['kubectl.kubernetes.io/last-applied-configuration'];
  return typeof applied === 'string' ? saysField(applied, fieldPath) : true;
}

function saysField(json: string, fieldPath: string): boolean {
  try {
    let at: unknown = JSON.parse(json);
    for (const key of fieldPath.split(/[.[]/)) {
      if (key.endsWith(']')) {
        at = objects(at).find((entry) => entry['name'] === key.slice(0, -1));
      } else {
        at = object(at)[key];
      }
    }
    return at !== undefined;
  } catch {
    return true;
  }
}

function entriesOf(held: Foreign): readonly Foreign[] {
  return objects(object(held['metadata'])['managedFields']);
}

/** Whether this manager's entry holds the field: the stamp of an operation. */
export function isStamped(held: Foreign, manager: string, fieldPath: string): boolean {
  return entriesOf(held).some((entry) => entry['manager'] === manager && holdsField(entry['fieldsV1'], fieldPath));
}
