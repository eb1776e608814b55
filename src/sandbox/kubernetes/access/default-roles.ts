import type { SeedObject } from '../types.ts';
import type { Rule } from './rbac.ts';

/** The roles a cluster begins with, as far as somebody meets them, and the sandbox's own reader. */
export const defaultRoles: readonly SeedObject[] = [
  clusterRole('cluster-admin', [
    { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
    { nonResourceURLs: ['*'], verbs: ['*'] },
  ]),
  clusterBinding('cluster-admin', 'cluster-admin', [group('system:masters')]),
  clusterRole('system:basic-user', [
    {
      apiGroups: ['authorization.k8s.io'],
      resources: ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'],
      verbs: ['create'],
    },
    { apiGroups: ['authentication.k8s.io'], resources: ['selfsubjectreviews'], verbs: ['create'] },
  ]),
  clusterBinding('system:basic-user', 'system:basic-user', [group('system:authenticated')]),
  clusterRole('system:discovery', [
    {
      nonResourceURLs: [
        '/api',
        '/api/*',
        '/apis',
        '/apis/*',
        '/healthz',
        '/livez',
        '/openapi',
        '/openapi/*',
        '/readyz',
        '/version',
        '/version/',
      ],
      verbs: ['get'],
    },
  ]),
  clusterBinding('system:discovery', 'system:discovery', [group('system:authenticated')]),
  clusterRole('system:public-info-viewer', [
    { nonResourceURLs: ['/healthz', '/livez', '/readyz', '/version', '/version/'], verbs: ['get'] },
  ]),
  clusterBinding('system:public-info-viewer', 'system:public-info-viewer', [
    group('system:authenticated'),
    group('system:unauthenticated'),
  ]),
  clusterRole('view', [
    read('', [
      'configmaps',
      'endpoints',
      'events',
      'limitranges',
      'namespaces',
      'persistentvolumeclaims',
      'pods',
      'pods/log',
      'pods/status',
      'resourcequotas',
      'serviceaccounts',
      'services',
    ]),
    read('apps', [
      'controllerrevisions',
      'daemonsets',
      'deployments',
      'deployments/scale',
      'replicasets',
      'statefulsets',
    ]),
    read('autoscaling', ['horizontalpodautoscalers']),
    read('batch', ['cronjobs', 'jobs']),
    read('discovery.k8s.io', ['endpointslices']),
    read('networking.k8s.io', ['ingresses', 'networkpolicies']),
    read('policy', ['poddisruptionbudgets']),
  ]),
  // Everything that till reads, and no Secret: those are granted one by one where an estate refers to them.
  clusterRole('till:sandbox-reader', [
    read('', ['nodes', 'persistentvolumes']),
    read('apiextensions.k8s.io', ['customresourcedefinitions']),
    read('coordination.k8s.io', ['leases']),
    read('networking.k8s.io', ['ingressclasses']),
    read('rbac.authorization.k8s.io', ['clusterrolebindings', 'clusterroles', 'rolebindings', 'roles']),
    read('scheduling.k8s.io', ['priorityclasses']),
    read('storage.k8s.io', ['storageclasses']),
    read('traefik.io', ['*']),
  ]),
  clusterBinding('till:sandbox-reader', 'till:sandbox-reader', [group('till:readers')]),
  clusterBinding('till:sandbox-view', 'view', [group('till:readers')]),
];

function read(apiGroup: string, resources: readonly string[]): Rule {
  return { apiGroups: [apiGroup], resources, verbs: ['get', 'list', 'watch'] };
}

function group(name: string): object {
  return { apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name };
}

function clusterRole(name: string, rules: readonly Rule[]): SeedObject {
  return { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name }, rules };
}

function clusterBinding(name: string, role: string, subjects: readonly object[]): SeedObject {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
    subjects,
  };
}
