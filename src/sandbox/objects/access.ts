import type { SeedObject } from '../kubernetes/types.ts';

/** The everyday identity only reads, and no Secret (design §6). */
export function accessObjects(createdAt: string): readonly SeedObject[] {
  const metadata = { name: 'till-reader', creationTimestamp: createdAt };
  const verbs = ['get', 'list', 'watch'];
  return [
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata,
      rules: [
        {
          apiGroups: [''],
          resources: ['configmaps', 'endpoints', 'events', 'namespaces', 'nodes', 'pods', 'pods/log', 'services'],
          verbs,
        },
        { apiGroups: ['apps'], resources: ['deployments', 'replicasets', 'statefulsets', 'daemonsets'], verbs },
        { apiGroups: ['autoscaling'], resources: ['horizontalpodautoscalers'], verbs },
        { apiGroups: ['batch'], resources: ['jobs', 'cronjobs'], verbs },
        { apiGroups: ['events.k8s.io'], resources: ['events'], verbs },
        { apiGroups: ['traefik.io'], resources: ['ingressroutes', 'middlewares'], verbs },
      ],
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'till-reader' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'till-reader' }],
    },
  ];
}
