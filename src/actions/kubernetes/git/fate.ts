import { type Foreign, object, objects, text, texts } from '#systems/kubernetes/foreign.ts';
import { fits, points, selects } from './ignored-field.ts';

/** What becomes of a live change to a field that a tool applies from Git (facts: gitops.md §1.2, §1.3). */
export type Fate =
  /** By itself, soon. */
  | { readonly kind: 'undone'; readonly when: string }
  /** When somebody or something applies Git again. */
  | { readonly kind: 'until'; readonly when: string }
  /** The tool leaves the field alone. */
  | { readonly kind: 'stays'; readonly why: string };

/** By an Application: only self-healing undoes drift; without it a sync does, which a commit or a person starts. */
export function fateByArgo(application: Foreign, held: Foreign, fieldPath: string): Fate {
  const spec = object(application['spec']);
  const policy = object(spec['syncPolicy']);
  const isHidden = objects(spec['ignoreDifferences']).some(
    (ignored) => fits({ group: '', ...ignored }, held) && isIgnored(ignored, fieldPath, held),
  );
  const options = Array.isArray(policy['syncOptions']) ? policy['syncOptions'] : [];
  if (isHidden && options.includes('RespectIgnoreDifferences=true')) {
    return { kind: 'stays', why: 'its ignoreDifferences leave this field alone' };
  }
  const annotations = texts(object(application['metadata'])['annotations']);
  if (annotations['argocd.argoproj.io/skip-reconcile'] === 'true') {
    return { kind: 'until', when: 'once it is no longer skipped' };
  }
  const automated = policy['automated'];
  if (typeof automated !== 'object' || automated === null || object(automated)['enabled'] === false) {
    return { kind: 'until', when: 'when somebody syncs it: it does not sync by itself' };
  }
  return object(automated)['selfHeal'] === true && !isHidden
    ? { kind: 'undone', when: 'within seconds: it heals itself' }
    : {
        kind: 'until',
        when: `with the next sync: ${isHidden ? 'the difference is hidden, not kept' : 'it syncs by itself, and does not heal itself'}`,
      };
}

function isIgnored(ignored: Foreign, fieldPath: string, held: Foreign): boolean {
  const listed = (key: string) => (Array.isArray(ignored[key]) ? ignored[key] : []).map((each) => text(each));
  return (
    listed('jsonPointers').some((pointer) => points(pointer, fieldPath, held)) ||
    listed('jqPathExpressions').some((expression) => selects(expression, fieldPath))
  );
}

/** By a Kustomization: each round applies everything again, whether Git has changed or not. */
export function fateByKustomization(kustomization: Foreign, held: Foreign, fieldPath: string): Fate {
  const spec = object(kustomization['spec']);
  if (leavesAlone(spec['ignore'], held, fieldPath)) {
    return { kind: 'stays', why: 'its spec.ignore leaves this field alone' };
  }
  return spec['suspend'] === true
    ? { kind: 'until', when: 'when it is resumed: it is suspended' }
    : { kind: 'undone', when: `within ${text(spec['interval']) || 'its interval'}, or with the next commit` };
}

/** By a HelmRelease: it looks for drift only where it was told to; else the next upgrade sets what the chart says. */
export function fateByHelmRelease(release: Foreign, held: Foreign, fieldPath: string): Fate {
  const spec = object(release['spec']);
  const drift = object(spec['driftDetection']);
  if (spec['suspend'] === true) {
    return { kind: 'until', when: 'when it is resumed: it is suspended' };
  }
  return drift['mode'] === 'enabled' &&
    !isMarked(held, 'helm.toolkit.fluxcd.io/driftDetection', ['disabled']) &&
    !leavesAlone(drift['ignore'], held, fieldPath)
    ? { kind: 'undone', when: `within ${text(spec['interval']) || 'its interval'}: it corrects drift` }
    : { kind: 'until', when: 'with its next upgrade: it does not correct this drift' };
}

function leavesAlone(rules: unknown, held: Foreign, fieldPath: string): boolean {
  return objects(rules).some(
    (rule) =>
      fits(object(rule['target']), held) &&
      (Array.isArray(rule['paths']) ? rule['paths'] : []).some((path) => points(text(path), fieldPath, held)),
  );
}

/** What the object itself says to Flux; null when it says nothing. */
export function fateByMark(held: Foreign): Fate | null {
  if (isMarked(held, 'kustomize.toolkit.fluxcd.io/reconcile', ['disabled'])) {
    return { kind: 'until', when: 'once its mark kustomize.toolkit.fluxcd.io/reconcile: disabled is gone' };
  }
  return isMarked(held, 'kustomize.toolkit.fluxcd.io/ssa', ['ifnotpresent', 'ignore'])
    ? { kind: 'stays', why: 'its mark kustomize.toolkit.fluxcd.io/ssa leaves what is there' }
    : null;
}

function isMarked(held: Foreign, mark: string, values: readonly string[]): boolean {
  const metadata = object(held['metadata']);
  const said = texts(metadata['annotations'])[mark] ?? texts(metadata['labels'])[mark];
  return said !== undefined && values.includes(said.toLowerCase());
}
