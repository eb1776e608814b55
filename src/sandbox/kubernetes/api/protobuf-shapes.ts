import { workloadShapes } from './protobuf-workloads.ts';

/** What a message's fields are, by their numbers (k8s.io/api, generated.proto). Those left out are skipped. */
export interface Shape {
  readonly [field: number]: readonly [
    name: string,
    type:
      | 'text'
      | 'texts'
      | 'number'
      | 'number or text'
      | 'flag'
      | 'map'
      | 'bytes map'
      | 'quantity map'
      | Shape
      | readonly [Shape],
  ];
}

const metadata: Shape = {
  1: ['name', 'text'],
  2: ['generateName', 'text'],
  3: ['namespace', 'text'],
  5: ['uid', 'text'],
  6: ['resourceVersion', 'text'],
  11: ['labels', 'map'],
  12: ['annotations', 'map'],
  14: ['finalizers', 'texts'],
};

const rule: Shape = {
  1: ['verbs', 'texts'],
  2: ['apiGroups', 'texts'],
  3: ['resources', 'texts'],
  4: ['resourceNames', 'texts'],
  5: ['nonResourceURLs', 'texts'],
};

const selector: Shape = {
  1: ['matchLabels', 'map'],
  2: ['matchExpressions', [{ 1: ['key', 'text'], 2: ['operator', 'text'], 3: ['values', 'texts'] }]],
};

const binding: Shape = {
  1: ['metadata', metadata],
  2: ['subjects', [{ 1: ['kind', 'text'], 2: ['apiGroup', 'text'], 3: ['name', 'text'], 4: ['namespace', 'text'] }]],
  3: ['roleRef', { 1: ['apiGroup', 'text'], 2: ['kind', 'text'], 3: ['name', 'text'] }],
};

const attributes: Shape = {
  1: [
    'resourceAttributes',
    {
      1: ['namespace', 'text'],
      2: ['verb', 'text'],
      3: ['group', 'text'],
      4: ['version', 'text'],
      5: ['resource', 'text'],
      6: ['subresource', 'text'],
      7: ['name', 'text'],
    },
  ],
  2: ['nonResourceAttributes', { 1: ['path', 'text'], 2: ['verb', 'text'] }],
};

const subjectReview: Shape = {
  1: ['metadata', metadata],
  2: ['spec', { ...attributes, 3: ['user', 'text'], 4: ['groups', 'texts'], 6: ['uid', 'text'] }],
};

const boundObject: Shape = { 1: ['kind', 'text'], 2: ['apiVersion', 'text'], 3: ['name', 'text'], 4: ['uid', 'text'] };

export const shapes: Readonly<Record<string, Shape>> = {
  ...workloadShapes(metadata, selector),
  SelfSubjectReview: {},
  SelfSubjectRulesReview: { 2: ['spec', { 1: ['namespace', 'text'] }] },
  SelfSubjectAccessReview: { 2: ['spec', attributes] },
  SubjectAccessReview: subjectReview,
  LocalSubjectAccessReview: subjectReview,
  TokenReview: { 2: ['spec', { 1: ['token', 'text'], 2: ['audiences', 'texts'] }] },
  TokenRequest: {
    1: ['metadata', metadata],
    2: ['spec', { 1: ['audiences', 'texts'], 3: ['boundObjectRef', boundObject], 4: ['expirationSeconds', 'number'] }],
  },
  ServiceAccount: {
    1: ['metadata', metadata],
    3: ['imagePullSecrets', [{ 1: ['name', 'text'] }]],
    4: ['automountServiceAccountToken', 'flag'],
  },
  Namespace: { 1: ['metadata', metadata] },
  ConfigMap: {
    1: ['metadata', metadata],
    2: ['data', 'map'],
    3: ['binaryData', 'bytes map'],
    4: ['immutable', 'flag'],
  },
  Secret: {
    1: ['metadata', metadata],
    2: ['data', 'bytes map'],
    3: ['type', 'text'],
    4: ['stringData', 'map'],
    5: ['immutable', 'flag'],
  },
  Role: { 1: ['metadata', metadata], 2: ['rules', [rule]] },
  ClusterRole: {
    1: ['metadata', metadata],
    2: ['rules', [rule]],
    3: ['aggregationRule', { 1: ['clusterRoleSelectors', [selector]] }],
  },
  RoleBinding: binding,
  ClusterRoleBinding: binding,
};
