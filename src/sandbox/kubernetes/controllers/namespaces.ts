import type { StoredObject } from '../types.ts';
import type { Cluster } from './cluster.ts';

/** What every namespace has from its first moment. */
export function furnishNamespace({ store, kinds }: Cluster, name: string, authority: string): void {
  store.put(kinds.serviceAccount, {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'default', namespace: name },
  });
  store.put(kinds.configMap, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: 'kube-root-ca.crt',
      namespace: name,
      annotations: {
        'kubernetes.io/description':
          'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.',
      },
    },
    data: { 'ca.crt': authority },
  });
}

/** Everything that lives in a namespace. */
export function inhabitants({ store }: Cluster, name: string): readonly StoredObject[] {
  return store.kinds.all
    .filter(({ namespaced }) => namespaced)
    .flatMap((kind) => store.entries(kind, name).map(({ object }) => object));
}
