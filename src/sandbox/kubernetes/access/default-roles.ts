import type { SeedObject } from '../types.ts';
import type { Rule } from './rbac.ts';
import { adminRules, editRules, read, viewRules } from './user-roles.ts';

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
  clusterRole('system:auth-delegator', [
    { apiGroups: ['authentication.k8s.io'], resources: ['tokenreviews'], verbs: ['create'] },
    { apiGroups: ['authorization.k8s.io'], resources: ['subjectaccessreviews'], verbs: ['create'] },
  ]),
  aggregate('view', ['edit']),
  aggregate('edit', ['admin']),
  aggregate('admin', []),
  clusterRole('system:aggregate-to-view', viewRules, labelled('view')),
  clusterRole('system:aggregate-to-edit', editRules, labelled('edit')),
  clusterRole('system:aggregate-to-admin', adminRules, labelled('admin')),
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

function group(name: string): object {
  return { apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name };
}

function clusterRole(name: string, rules: readonly Rule[], labels: Readonly<Record<string, string>> = {}): SeedObject {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name, labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults', ...labels } },
    rules,
  };
}

/** A role made of all that are labelled for it, itself labelled for others: `view` is in `edit`, and that in `admin`. */
function aggregate(name: string, into: readonly string[]): SeedObject {
  return {
    ...clusterRole(name, [], Object.assign({}, ...into.map(labelled))),
    aggregationRule: { clusterRoleSelectors: [{ matchLabels: labelled(name) }] },
  };
}

function labelled(into: string): Readonly<Record<string, string>> {
  return { [`rbac.authorization.k8s.io/aggregate-to-${into}`]: 'true' };
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
