import type { ClusterReader } from '#systems/kubernetes/cluster.ts';
import { type Foreign, object, objects } from '#systems/kubernetes/foreign.ts';
import { ReadFailure } from '#systems/source.ts';
import { type GitSource, gitSourceOf } from './tracked.ts';

/** What applies objects from Git, as it is now; a text says why it could not be read. */
export type GitSources = (source: GitSource) => Foreign | string;

/** Reads, once each, what the objects say that they come from. Asks nothing where nobody tracks them. */
export async function gitSourcesOf(all: readonly Foreign[], cluster: ClusterReader): Promise<GitSources> {
  const wanted = new Map(all.flatMap((held) => gitSourceOf(held) ?? []).map((source) => [keyOf(source), source]));
  const read = new Map(
    await Promise.all(
      [...wanted].map(
        async ([key, source]): Promise<[string, Foreign | string]> => [key, await readOne(source, cluster)],
      ),
    ),
  );
  return (source) => read.get(keyOf(source)) ?? 'it was not read';
}

function keyOf({ tool, namespace, name }: GitSource): string {
  return `${tool}/${namespace ?? ''}/${name}`;
}

const paths = {
  'argo-cd': ['argoproj.io/v1alpha1', 'applications'],
  kustomize: ['kustomize.toolkit.fluxcd.io/v1', 'kustomizations'],
  helm: ['helm.toolkit.fluxcd.io/v2', 'helmreleases'],
} as const;

/** Where nobody says otherwise. */
const usualNamespaces = { 'argo-cd': 'argocd', kustomize: 'flux-system', helm: 'flux-system' } as const;

async function readOne({ tool, namespace, name }: GitSource, cluster: ClusterReader): Promise<Foreign | string> {
  const [version, plural] = paths[tool];
  try {
    if (tool === 'argo-cd' && namespace === null) {
      const everywhere = await wherever(`/apis/${version}/${plural}`, name, cluster);
      if (everywhere !== null) {
        return everywhere;
      }
    }
    const where = namespace ?? usualNamespaces[tool];
    return object(await cluster.get(`/apis/${version}/namespaces/${where}/${plural}/${encodeURIComponent(name)}`));
  } catch (error) {
    if (error instanceof ReadFailure) {
      return error.code === '404' ? `it is not in cluster ${cluster.name}` : `reading it: ${error.message}`;
    }
    throw error;
  }
}

/** An Application may be in any namespace, and the objects that it tracks do not say which. Null: not found so, or not let. */
async function wherever(path: string, name: string, cluster: ClusterReader): Promise<Foreign | null> {
  const query = `?fieldSelector=${encodeURIComponent(`metadata.name=${name}`)}&limit=2`;
  try {
    const [only, ...others] = objects(object(await cluster.get(`${path}${query}`))['items']);
    return only !== undefined && others.length === 0 ? only : null;
  } catch (error) {
    if (error instanceof ReadFailure) {
      return null;
    }
    throw error;
  }
}
