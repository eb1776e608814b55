import { type Foreign, object, texts } from '#systems/kubernetes/foreign.ts';

/** The Application, Kustomization or HelmRelease that an object says that it comes from. */
export interface GitSource {
  readonly tool: 'argo-cd' | 'kustomize' | 'helm';
  /** null: it does not say. */
  readonly namespace: string | null;
  readonly name: string;
}

export function gitSourceOf(held: Foreign): GitSource | null {
  const metadata = object(held['metadata']);
  const labels = texts(metadata['labels']);
  const [tracking = ''] = (texts(metadata['annotations'])['argocd.argoproj.io/tracking-id'] ?? '').split(':');
  const application = tracking === '' ? (labels['argocd.argoproj.io/instance'] ?? '') : tracking;
  if (application !== '') {
    // `team-a_maple` is the Application maple of the namespace team-a: names have no underscore.
    const [first = '', second] = application.split('_', 2);
    return { tool: 'argo-cd', namespace: second === undefined ? null : first, name: second ?? first };
  }
  for (const tool of ['kustomize', 'helm'] as const) {
    const name = labels[`${tool}.toolkit.fluxcd.io/name`];
    if (name !== undefined) {
      return { tool, namespace: labels[`${tool}.toolkit.fluxcd.io/namespace`] ?? null, name };
    }
  }
  return null;
}
