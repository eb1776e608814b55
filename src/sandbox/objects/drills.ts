import type { SeedObject } from '../kubernetes/types.ts';
import type { Login } from '../sql.ts';

/** Where a drill serves what it has restored: as `backups.recovery.serve` of the sandbox's estate says. */
export const drillPlace = { namespace: 'till-drills', secret: 'recovery' } as const;
export const drillBinding = { kind: 'RoleBinding', name: 'till-operator', namespace: drillPlace.namespace } as const;

/** A namespace with the recovery login's Secret, in which the everyday user may make a pod and its network policy. */
export function drillObjects({ host, port, user, password }: Login): readonly SeedObject[] {
  const { namespace, secret } = drillPlace;
  const rbac = 'rbac.authorization.k8s.io';
  const { name } = drillBinding;
  return [
    {
      ...{ apiVersion: 'v1', kind: 'Namespace' },
      metadata: { name: namespace, labels: { 'kubernetes.io/metadata.name': namespace } },
    },
    {
      ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name: secret, namespace }, type: 'Opaque' },
      stringData: { host, port: String(port), user, password },
    },
    {
      ...{ apiVersion: `${rbac}/v1`, kind: 'Role', metadata: { name, namespace } },
      rules: [
        { apiGroups: [''], resources: ['pods'], verbs: ['create', 'get', 'list', 'delete'] },
        {
          apiGroups: ['networking.k8s.io'],
          resources: ['networkpolicies'],
          verbs: ['create', 'get', 'list', 'delete'],
        },
        { apiGroups: [''], resources: ['pods/portforward'], verbs: ['create', 'get'] },
        { apiGroups: [''], resources: ['pods/log'], verbs: ['get'] },
      ],
    },
    {
      ...{ apiVersion: `${rbac}/v1`, kind: 'RoleBinding', metadata: { name, namespace } },
      roleRef: { apiGroup: rbac, kind: 'Role', name },
      subjects: [{ apiGroup: rbac, kind: 'User', name: 'till-reader' }],
    },
  ];
}
