import type { SeedObject } from '../kubernetes/types.ts';

const user = 'till-reader';

/** Who reads, and what acting adds to it; no Secret either way (design §6). */
export function accessObjects(createdAt: string): readonly SeedObject[] {
  return [...readerObjects(createdAt), ...operatorObjects(createdAt)];
}

/** What till's actions write, and nothing more. In the sandbox it is bound to the everyday user. */
function operatorObjects(createdAt: string): readonly SeedObject[] {
  const metadata = { name: 'till-operator', creationTimestamp: createdAt };
  return [
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata,
      rules: [
        {
          apiGroups: ['apps'],
          resources: ['deployments', 'deployments/scale', 'statefulsets', 'statefulsets/scale'],
          verbs: ['get', 'patch'],
        },
        { apiGroups: ['autoscaling'], resources: ['horizontalpodautoscalers'], verbs: ['patch'] },
        {
          apiGroups: ['traefik.io'],
          resources: ['ingressroutes', 'middlewares'],
          verbs: ['create', 'patch', 'delete'],
        },
      ],
    },
    binding(metadata),
  ];
}

function readerObjects(createdAt: string): readonly SeedObject[] {
  const metadata = { name: user, creationTimestamp: createdAt };
  const verbs = ['get', 'list', 'watch'];
  return [
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata,
      rules: [
        {
          apiGroups: [''],
          resources: [
            'configmaps',
            'endpoints',
            'events',
            'limitranges',
            'namespaces',
            'nodes',
            'pods',
            'pods/log',
            'resourcequotas',
            'services',
          ],
          verbs,
        },
        { apiGroups: ['apps'], resources: ['deployments', 'replicasets', 'statefulsets', 'daemonsets'], verbs },
        { apiGroups: ['autoscaling'], resources: ['horizontalpodautoscalers'], verbs },
        { apiGroups: ['batch'], resources: ['jobs', 'cronjobs'], verbs },
        { apiGroups: ['events.k8s.io'], resources: ['events'], verbs },
        { apiGroups: ['traefik.io'], resources: ['ingressroutes', 'middlewares'], verbs },
      ],
    },
    binding(metadata),
  ];
}

function binding(metadata: SeedObject['metadata']): SeedObject {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: metadata.name },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user }],
  };
}
