import type { Kind } from '../kinds/kind.ts';
import { qualified } from '../kinds/kind.ts';
import type { Deployment, PodTemplate, Service } from '../shapes.ts';
import type { SeedObject } from '../types.ts';
import { defaultedJob } from './job.ts';
import { checkedLease } from './lease.ts';
import { defaultedPodSpec, defaultedTemplateSpec } from './pod-spec.ts';

/** Fills in what the API server would, by kind. Filled fields are left alone, so it may be applied again and again. */
export function admitted(kind: Kind, object: SeedObject, addressOf: () => string): SeedObject {
  return defaults[qualified(kind)]?.(object, addressOf) ?? object;
}

type Fill = (object: SeedObject, addressOf: () => string) => SeedObject;

const defaults: Readonly<Record<string, Fill>> = {
  namespaces: (object) => ({
    spec: { finalizers: ['kubernetes'] },
    status: { phase: 'Active' },
    ...object,
    metadata: {
      ...object.metadata,
      labels: { ...object.metadata.labels, 'kubernetes.io/metadata.name': object.metadata.name },
    },
  }),
  'leases.coordination.k8s.io': checkedLease,
  secrets: ({ stringData, ...object }) => ({
    ...object,
    type: object['type'] ?? 'Opaque',
    ...(stringData === undefined && object['data'] === undefined
      ? {}
      : { data: { ...(object['data'] as object | undefined), ...encoded(stringData) } }),
  }),
  pods: (object) => {
    const spec = object.spec as Deployment['spec']['template']['spec'];
    return {
      ...object,
      spec: spec.preemptionPolicy === undefined ? defaultedPodSpec(spec) : spec,
      status: object.status ?? { phase: 'Pending' },
    };
  },
  'validatingadmissionpolicies.admissionregistration.k8s.io': (object) => {
    const spec = object.spec as { readonly matchConstraints?: MatchConstraints };
    return {
      ...object,
      spec: { failurePolicy: 'Fail', ...spec, matchConstraints: matching(spec.matchConstraints) },
    };
  },
  services: (object, addressOf) => {
    const spec = object.spec as Service['spec'] & Readonly<Record<string, unknown>>;
    const clusterIP = spec.clusterIP ?? (spec.type === 'ExternalName' ? undefined : addressOf());
    return {
      ...object,
      spec: {
        internalTrafficPolicy: 'Cluster',
        ipFamilies: ['IPv4'],
        ipFamilyPolicy: 'SingleStack',
        sessionAffinity: 'None',
        ...spec,
        type: spec.type ?? 'ClusterIP',
        ...(clusterIP === undefined ? {} : { clusterIP, clusterIPs: [clusterIP] }),
        ports: (spec.ports ?? []).map((port) => ({ protocol: 'TCP', targetPort: port.port, ...port })),
      },
      status: object.status ?? { loadBalancer: {} },
    };
  },
  'deployments.apps': (object) =>
    withTemplate(object, {
      replicas: 1,
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
    }),
  'replicasets.apps': (object) => withTemplate(object, { replicas: 1 }),
  'jobs.batch': defaultedJob,
  'daemonsets.apps': (object) =>
    withTemplate(object, {
      revisionHistoryLimit: 10,
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
    }),
  'statefulsets.apps': (object) =>
    withTemplate(object, {
      replicas: 1,
      revisionHistoryLimit: 10,
      podManagementPolicy: 'OrderedReady',
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
    }),
};

interface MatchConstraints {
  readonly resourceRules?: readonly object[];
  readonly excludeResourceRules?: readonly object[];
}

function matching(given: MatchConstraints = {}): object {
  const scoped = (rules: readonly object[]): readonly object[] => rules.map((rule) => ({ scope: '*', ...rule }));
  const { resourceRules, excludeResourceRules } = given;
  return {
    matchPolicy: 'Equivalent',
    namespaceSelector: {},
    objectSelector: {},
    ...given,
    ...(resourceRules === undefined ? {} : { resourceRules: scoped(resourceRules) }),
    ...(excludeResourceRules === undefined ? {} : { excludeResourceRules: scoped(excludeResourceRules) }),
  };
}

function withTemplate(object: SeedObject, filled: object): SeedObject {
  const spec = object.spec as { readonly template: PodTemplate };
  const isFilled = spec.template.spec['schedulerName'] !== undefined;
  const template = isFilled ? spec.template : { ...spec.template, spec: defaultedTemplateSpec(spec.template.spec) };
  return { ...object, spec: { ...filled, ...spec, template } };
}

function encoded(values: unknown): Record<string, string> {
  const entries = Object.entries((values ?? {}) as Record<string, string>);
  return Object.fromEntries(entries.map(([key, value]) => [key, Buffer.from(value).toString('base64')]));
}
