import type { Rule } from './rbac.ts';

/** What `view`, `edit` and `admin` are made of, read from kube-apiserver 1.36, without the kinds that the sandbox does not serve. */
export const viewRules: readonly Rule[] = [
  read('', [
    'configmaps',
    'endpoints',
    'persistentvolumeclaims',
    'persistentvolumeclaims/status',
    'pods',
    'serviceaccounts',
    'services',
    'services/status',
  ]),
  read('', [
    'bindings',
    'limitranges',
    'namespaces/status',
    'pods/log',
    'pods/status',
    'resourcequotas',
    'resourcequotas/status',
  ]),
  read('', ['namespaces']),
  { apiGroups: ['', 'events.k8s.io'], resources: ['events'], verbs: ['get', 'list', 'watch'] },
  read('discovery.k8s.io', ['endpointslices']),
  read('apps', [
    'controllerrevisions',
    'daemonsets',
    'daemonsets/status',
    'deployments',
    'deployments/scale',
    'deployments/status',
    'replicasets',
    'replicasets/scale',
    'replicasets/status',
    'statefulsets',
    'statefulsets/scale',
    'statefulsets/status',
  ]),
  read('autoscaling', ['horizontalpodautoscalers', 'horizontalpodautoscalers/status']),
  read('batch', ['cronjobs', 'cronjobs/status', 'jobs', 'jobs/status']),
  read('policy', ['poddisruptionbudgets', 'poddisruptionbudgets/status']),
  read('networking.k8s.io', ['ingresses', 'ingresses/status', 'networkpolicies']),
];

export const editRules: readonly Rule[] = [
  read('', ['pods/attach', 'pods/exec', 'pods/portforward', 'pods/proxy', 'secrets', 'services/proxy']),
  { apiGroups: [''], resources: ['serviceaccounts'], verbs: ['impersonate'] },
  change('', ['pods', 'pods/attach', 'pods/exec', 'pods/portforward', 'pods/proxy']),
  { apiGroups: [''], resources: ['pods/eviction'], verbs: ['create'] },
  change('', ['configmaps', 'persistentvolumeclaims', 'secrets', 'serviceaccounts', 'services', 'services/proxy']),
  { apiGroups: [''], resources: ['serviceaccounts/token'], verbs: ['create'] },
  { ...change('', ['events']), apiGroups: ['', 'events.k8s.io'] },
  change('apps', [
    'daemonsets',
    'deployments',
    'deployments/rollback',
    'deployments/scale',
    'replicasets',
    'replicasets/scale',
    'statefulsets',
    'statefulsets/scale',
  ]),
  change('autoscaling', ['horizontalpodautoscalers']),
  change('batch', ['cronjobs', 'jobs']),
  change('policy', ['poddisruptionbudgets']),
  change('networking.k8s.io', ['ingresses', 'networkpolicies']),
  all('coordination.k8s.io', ['leases']),
];

export const adminRules: readonly Rule[] = [
  { apiGroups: ['authorization.k8s.io'], resources: ['localsubjectaccessreviews'], verbs: ['create'] },
  all('rbac.authorization.k8s.io', ['rolebindings', 'roles']),
];

export function read(apiGroup: string, resources: readonly string[]): Rule {
  return { apiGroups: [apiGroup], resources, verbs: ['get', 'list', 'watch'] };
}

function change(apiGroup: string, resources: readonly string[]): Rule {
  return { apiGroups: [apiGroup], resources, verbs: ['create', 'delete', 'deletecollection', 'patch', 'update'] };
}

function all(apiGroup: string, resources: readonly string[]): Rule {
  const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
  return { apiGroups: [apiGroup], resources, verbs };
}
