import type { Pod, Service } from '../shapes.ts';
import { as, type Cluster } from './cluster.ts';
import { suffixOf } from './hash.ts';
import { ownedBy } from './owned.ts';
import { isReady } from './pods.ts';

/** Where a Service leads: its Endpoints and its EndpointSlice follow the pods that it selects. */
export function reconcileEndpoints({ store, kinds }: Cluster, key: string): void {
  const [namespace = '', name = ''] = key.split('/');
  const object = store.get(kinds.service, namespace, name);
  const service = as<Service>(object);
  const sliceName = `${name}-${suffixOf(key)}`;
  if (object === undefined || service === undefined) {
    store.delete(kinds.endpoints, namespace, name);
    store.delete(kinds.slice, namespace, sliceName);
    return;
  }
  const selector = Object.entries(service.spec.selector ?? {});
  if (selector.length === 0) {
    return;
  }
  const pods = store
    .entries(kinds.pod, namespace)
    .map((entry) => entry.object as unknown as Pod)
    .filter(
      ({ metadata, status }) =>
        status?.podIP !== undefined && selector.every(([label, value]) => metadata.labels?.[label] === value),
    );
  const ports = (service.spec.ports ?? []).map(({ name: port = '', targetPort, port: number, protocol = 'TCP' }) => ({
    ...(port === '' ? {} : { name: port }),
    port: portNumber(targetPort ?? number, pods[0]) ?? number,
    protocol,
  }));
  const addressOf = (pod: Pod): object => ({
    ip: pod.status?.podIP ?? '',
    nodeName: pod.spec.nodeName ?? '',
    targetRef: referenceTo(pod),
  });
  const ready = pods.filter(isReady);
  const others = pods.filter((pod) => !isReady(pod));
  store.put(kinds.endpoints, {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { name, namespace },
    ...(pods.length === 0
      ? {}
      : {
          subsets: [
            {
              ...(ready.length === 0 ? {} : { addresses: ready.map(addressOf) }),
              ...(others.length === 0 ? {} : { notReadyAddresses: others.map(addressOf) }),
              ports,
            },
          ],
        }),
  });
  store.put(kinds.slice, {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: sliceName,
      namespace,
      generateName: `${name}-`,
      labels: {
        'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
        'kubernetes.io/service-name': name,
      },
      ownerReferences: ownedBy(object),
    },
    addressType: 'IPv4',
    endpoints: pods.map((pod) => ({
      addresses: [pod.status?.podIP ?? ''],
      conditions: {
        ready: isReady(pod),
        serving: isReady(pod),
        terminating: pod.metadata.deletionTimestamp !== undefined,
      },
      nodeName: pod.spec.nodeName ?? '',
      targetRef: referenceTo(pod),
    })),
    ports: ports.map((port) => ({ name: '', ...port })),
  });
}

/** A target port given by name is the container's port of that name. */
function portNumber(target: number | string, pod: Pod | undefined): number | undefined {
  if (typeof target === 'number') {
    return target;
  }
  const ports = pod?.spec.containers.flatMap((container) => container.ports ?? []);
  return ports?.find(({ name }) => name === target)?.containerPort;
}

function referenceTo({ metadata }: Pod): object {
  return { kind: 'Pod', namespace: metadata.namespace, name: metadata.name, uid: metadata.uid };
}
