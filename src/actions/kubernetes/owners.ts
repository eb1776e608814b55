import { type Foreign, object, objects, text, texts, time } from '#systems/kubernetes/foreign.ts';
import { holdsField } from './fields.ts';

/** Who decides what a field says (facts: gitops.md §1, §3). */
export interface Owner {
  readonly kind: 'argo-cd' | 'flux' | 'helm' | 'manager';
  /** `Argo CD maple-toys`, `Flux apps/maple`, `Helm maple`, `kubectl`. */
  readonly name: string;
  /** A live change would be undone: Git is applied again and again. */
  readonly reverts: boolean;
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
  return [
    ...argoCd(held, labels, annotations, fieldPath),
    ...flux(held, labels, annotations, fieldPath),
    ...helm(labels, annotations),
    ...manager(held, fieldPath),
  ];
}

type Texts = Readonly<Record<string, string>>;

function argoCd(held: Foreign, labels: Texts, annotations: Texts, fieldPath: string): readonly Owner[] {
  const [tracked = ''] = (annotations['argocd.argoproj.io/tracking-id'] ?? '').split(':');
  const name = tracked === '' ? labels['argocd.argoproj.io/instance'] : tracked;
  return name === undefined || !isApplied(held, fieldPath, managersOf['argo-cd'])
    ? []
    : [{ kind: 'argo-cd', name: `Argo CD ${name}`, reverts: true }];
}

function flux(held: Foreign, labels: Texts, annotations: Texts, fieldPath: string): readonly Owner[] {
  for (const tool of ['kustomize', 'helm'] as const) {
    const name = labels[`${tool}.toolkit.fluxcd.io/name`];
    if (name === undefined || !isApplied(held, fieldPath, managersOf.flux)) {
      continue;
    }
    const namespace = labels[`${tool}.toolkit.fluxcd.io/namespace`];
    const isPaused = annotations[`${tool}.toolkit.fluxcd.io/reconcile`] === 'disabled';
    const where = namespace === undefined ? name : `${namespace}/${name}`;
    return [{ kind: 'flux', name: `Flux ${where}`, reverts: !isPaused }];
  }
  return [];
}

function helm(labels: Texts, annotations: Texts): readonly Owner[] {
  const release = annotations['meta.helm.sh/release-name'];
  const isHelms = labels['app.kubernetes.io/managed-by'] === 'Helm' && release !== undefined;
  return isHelms ? [{ kind: 'helm', name: `Helm ${release}`, reverts: false }] : [];
}

/** Whoever wrote the field last, by managedFields. */
function manager(held: Foreign, fieldPath: string): readonly Owner[] {
  const [newest] = entriesOf(held)
    .filter((entry) => holdsField(entry['fieldsV1'], fieldPath))
    .toSorted((a, b) => (time(b['time']) ?? 0) - (time(a['time']) ?? 0));
  const name = text(newest?.['manager']);
  return name === '' ? [] : [{ kind: 'manager', name, reverts: false }];
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
