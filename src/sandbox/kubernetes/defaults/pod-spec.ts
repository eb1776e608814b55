import type { ContainerSpec, PodSpec } from '../shapes.ts';

/** What the API server fills in of a pod's spec, in a template or in a pod (read from a real server's answers). */
export function defaultedTemplateSpec(spec: PodSpec): PodSpec {
  return {
    ...(spec.initContainers === undefined ? {} : { initContainers: spec.initContainers.map(defaultedContainer) }),
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    ...(spec['serviceAccountName'] === undefined ? {} : { serviceAccount: spec['serviceAccountName'] }),
    securityContext: {},
    schedulerName: 'default-scheduler',
    ...spec,
    containers: spec.containers.map(defaultedContainer),
  };
}

/** A pod has a few more than its template. */
export function defaultedPodSpec(template: PodSpec): PodSpec {
  const spec = defaultedTemplateSpec(template);
  const account = spec['serviceAccountName'] ?? 'default';
  return {
    ...spec,
    volumes: [...((spec['volumes'] as readonly object[] | undefined) ?? []), tokenVolume],
    containers: spec.containers.map((container) => ({
      ...container,
      volumeMounts: [...((container['volumeMounts'] as readonly object[] | undefined) ?? []), tokenMount],
    })),
    serviceAccountName: account,
    serviceAccount: account,
    tolerations: [...((spec['tolerations'] as readonly object[] | undefined) ?? []), ...nodeTolerations],
    priority: 0,
    enableServiceLinks: true,
    preemptionPolicy: 'PreemptLowerPriority',
  };
}

function defaultedContainer(container: ContainerSpec): ContainerSpec {
  const isFloating = /(^|[^:]):latest$|^[^:@]+$/.test(container.image);
  return {
    resources: {},
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    imagePullPolicy: isFloating ? 'Always' : 'IfNotPresent',
    ...container,
    ...(container.ports === undefined
      ? {}
      : { ports: container.ports.map((port) => ({ ...port, protocol: port.protocol ?? 'TCP' })) }),
    ...probe('readinessProbe', container),
    ...probe('livenessProbe', container),
    ...probe('startupProbe', container),
  };
}

function probe(name: string, container: ContainerSpec): object {
  const given = container[name] as { readonly httpGet?: object } | undefined;
  if (given === undefined) {
    return {};
  }
  const httpGet = given.httpGet === undefined ? {} : { httpGet: { scheme: 'HTTP', ...given.httpGet } };
  return {
    [name]: { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3, ...given, ...httpGet },
  };
}

const tokenMount = {
  name: 'kube-api-access',
  readOnly: true,
  mountPath: '/var/run/secrets/kubernetes.io/serviceaccount',
};

const tokenVolume = {
  name: 'kube-api-access',
  projected: {
    sources: [
      { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
      { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
      {
        downwardAPI: {
          items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
        },
      },
    ],
    defaultMode: 420,
  },
};

const nodeTolerations = ['not-ready', 'unreachable'].map((condition) => ({
  key: `node.kubernetes.io/${condition}`,
  operator: 'Exists',
  effect: 'NoExecute',
  tolerationSeconds: 300,
}));
