import type { Kind, Subresource } from './kind.ts';

const everyVerb = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
const change = ['get', 'patch', 'update'];
const status = (kind: string): Subresource => ({ name: 'status', kind, verbs: change });
const scale: Subresource = { name: 'scale', kind: 'Scale', group: 'autoscaling', version: 'v1', verbs: change };

interface Entry {
  readonly kind: string;
  readonly plural: string;
  readonly cluster?: true;
  readonly short?: readonly string[];
  readonly categories?: readonly string[];
  readonly verbs?: readonly string[];
  readonly subresources?: readonly Subresource[];
  readonly generation?: true;
}

/**
 * What a real server answers to discovery for the kinds that a sandbox needs (read from kube-apiserver 1.36; the contract
 * tests compare). Versions: the preferred one only.
 */
const groups: Readonly<Record<string, readonly Entry[]>> = {
  '/v1': [
    { kind: 'ConfigMap', plural: 'configmaps', short: ['cm'] },
    { kind: 'Endpoints', plural: 'endpoints', short: ['ep'] },
    { kind: 'Event', plural: 'events', short: ['ev'] },
    { kind: 'LimitRange', plural: 'limitranges', short: ['limits'] },
    {
      kind: 'Namespace',
      plural: 'namespaces',
      cluster: true,
      short: ['ns'],
      verbs: everyVerb.filter((verb) => verb !== 'deletecollection'),
      subresources: [{ name: 'finalize', kind: 'Namespace', verbs: ['update'] }, status('Namespace')],
    },
    { kind: 'Node', plural: 'nodes', cluster: true, short: ['no'], subresources: [status('Node')] },
    {
      kind: 'PersistentVolumeClaim',
      plural: 'persistentvolumeclaims',
      short: ['pvc'],
      subresources: [status('PersistentVolumeClaim')],
    },
    {
      kind: 'PersistentVolume',
      plural: 'persistentvolumes',
      cluster: true,
      short: ['pv'],
      subresources: [status('PersistentVolume')],
    },
    {
      kind: 'Pod',
      plural: 'pods',
      short: ['po'],
      categories: ['all'],
      generation: true,
      subresources: [
        { name: 'eviction', kind: 'Eviction', group: 'policy', version: 'v1', verbs: ['create'] },
        { name: 'log', kind: 'Pod', verbs: ['get'] },
        { name: 'portforward', kind: 'PodPortForwardOptions', verbs: ['create', 'get'] },
        status('Pod'),
      ],
    },
    { kind: 'ResourceQuota', plural: 'resourcequotas', short: ['quota'], subresources: [status('ResourceQuota')] },
    { kind: 'Secret', plural: 'secrets' },
    {
      kind: 'ServiceAccount',
      plural: 'serviceaccounts',
      short: ['sa'],
      subresources: [
        { name: 'token', kind: 'TokenRequest', group: 'authentication.k8s.io', version: 'v1', verbs: ['create'] },
      ],
    },
    { kind: 'Service', plural: 'services', short: ['svc'], categories: ['all'], subresources: [status('Service')] },
  ],
  'admissionregistration.k8s.io/v1': [
    {
      kind: 'ValidatingAdmissionPolicy',
      plural: 'validatingadmissionpolicies',
      cluster: true,
      categories: ['api-extensions'],
      generation: true,
      subresources: [status('ValidatingAdmissionPolicy')],
    },
    {
      kind: 'ValidatingAdmissionPolicyBinding',
      plural: 'validatingadmissionpolicybindings',
      cluster: true,
      categories: ['api-extensions'],
      generation: true,
    },
  ],
  'apps/v1': [
    { kind: 'ControllerRevision', plural: 'controllerrevisions' },
    {
      kind: 'DaemonSet',
      plural: 'daemonsets',
      short: ['ds'],
      categories: ['all'],
      generation: true,
      subresources: [status('DaemonSet')],
    },
    {
      kind: 'Deployment',
      plural: 'deployments',
      short: ['deploy'],
      categories: ['all'],
      generation: true,
      subresources: [scale, status('Deployment')],
    },
    {
      kind: 'ReplicaSet',
      plural: 'replicasets',
      short: ['rs'],
      categories: ['all'],
      generation: true,
      subresources: [scale, status('ReplicaSet')],
    },
    {
      kind: 'StatefulSet',
      plural: 'statefulsets',
      short: ['sts'],
      categories: ['all'],
      generation: true,
      subresources: [scale, status('StatefulSet')],
    },
  ],
  'authentication.k8s.io/v1': [
    { kind: 'SelfSubjectReview', plural: 'selfsubjectreviews', cluster: true, verbs: ['create'] },
    { kind: 'TokenReview', plural: 'tokenreviews', cluster: true, verbs: ['create'] },
  ],
  'authorization.k8s.io/v1': [
    { kind: 'LocalSubjectAccessReview', plural: 'localsubjectaccessreviews', verbs: ['create'] },
    { kind: 'SelfSubjectAccessReview', plural: 'selfsubjectaccessreviews', cluster: true, verbs: ['create'] },
    { kind: 'SelfSubjectRulesReview', plural: 'selfsubjectrulesreviews', cluster: true, verbs: ['create'] },
    { kind: 'SubjectAccessReview', plural: 'subjectaccessreviews', cluster: true, verbs: ['create'] },
  ],
  'autoscaling/v2': [
    {
      kind: 'HorizontalPodAutoscaler',
      plural: 'horizontalpodautoscalers',
      short: ['hpa'],
      categories: ['all'],
      subresources: [status('HorizontalPodAutoscaler')],
    },
  ],
  'batch/v1': [
    {
      kind: 'CronJob',
      plural: 'cronjobs',
      short: ['cj'],
      categories: ['all'],
      generation: true,
      subresources: [status('CronJob')],
    },
    { kind: 'Job', plural: 'jobs', categories: ['all'], generation: true, subresources: [status('Job')] },
  ],
  'networking.k8s.io/v1': [
    { kind: 'IngressClass', plural: 'ingressclasses', cluster: true, generation: true },
    { kind: 'Ingress', plural: 'ingresses', short: ['ing'], generation: true, subresources: [status('Ingress')] },
    { kind: 'NetworkPolicy', plural: 'networkpolicies', short: ['netpol'], generation: true },
  ],
  'policy/v1': [
    {
      kind: 'PodDisruptionBudget',
      plural: 'poddisruptionbudgets',
      short: ['pdb'],
      generation: true,
      subresources: [status('PodDisruptionBudget')],
    },
  ],
  'rbac.authorization.k8s.io/v1': [
    { kind: 'ClusterRoleBinding', plural: 'clusterrolebindings', cluster: true },
    { kind: 'ClusterRole', plural: 'clusterroles', cluster: true },
    { kind: 'RoleBinding', plural: 'rolebindings' },
    { kind: 'Role', plural: 'roles' },
  ],
  'storage.k8s.io/v1': [{ kind: 'StorageClass', plural: 'storageclasses', cluster: true, short: ['sc'] }],
  'apiextensions.k8s.io/v1': [
    {
      kind: 'CustomResourceDefinition',
      plural: 'customresourcedefinitions',
      cluster: true,
      short: ['crd', 'crds'],
      categories: ['api-extensions'],
      generation: true,
      subresources: [status('CustomResourceDefinition')],
    },
  ],
  'scheduling.k8s.io/v1': [
    { kind: 'PriorityClass', plural: 'priorityclasses', cluster: true, short: ['pc'], generation: true },
  ],
  'coordination.k8s.io/v1': [{ kind: 'Lease', plural: 'leases' }],
  'discovery.k8s.io/v1': [{ kind: 'EndpointSlice', plural: 'endpointslices', generation: true }],
};

export const builtInKinds: readonly Kind[] = Object.entries(groups).flatMap(([groupVersion, entries]) => {
  const [group = '', version = ''] = groupVersion.split('/');
  return entries.map((entry) => ({
    group,
    version,
    kind: entry.kind,
    plural: entry.plural,
    singular: entry.kind.toLowerCase(),
    namespaced: entry.cluster !== true,
    shortNames: entry.short ?? [],
    categories: entry.categories ?? [],
    verbs: entry.verbs ?? everyVerb,
    subresources: entry.subresources ?? [],
    generation: entry.generation === true,
    custom: false,
  }));
});
