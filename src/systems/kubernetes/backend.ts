import { ReadFailure } from '../source.ts';
import type { ClusterReader } from './cluster.ts';
import { type Foreign, number, object, objects, text } from './foreign.ts';

/** Where a Service's connection ends. */
export interface Backend {
  readonly pod: string;
  readonly port: number;
}

/** A ready pod behind the Service, and the pod's port for the Service's. Throws ReadFailure. */
export async function backendOf(
  get: ClusterReader['get'],
  namespace: string,
  service: string,
  port: number,
): Promise<Backend> {
  const base = `/api/v1/namespaces/${encodeURIComponent(namespace)}`;
  const spec = object(object(await get(`${base}/services/${encodeURIComponent(service)}`))['spec']);
  const wanted = objects(spec['ports']).find((it) => it['port'] === port);
  const name = `service ${namespace}/${service}`;
  if (wanted === undefined) {
    throw new ReadFailure('unreachable', `${name} has no port ${port}`, 'no-port');
  }
  const selector = Object.entries(object(spec['selector'])).map(([key, value]) => `${key}=${String(value)}`);
  if (selector.length === 0) {
    throw new ReadFailure('unreachable', `${name} selects no pods`, 'no-selector');
  }
  const query = new URLSearchParams({ labelSelector: selector.join(',') });
  const pod = objects(object(await get(`${base}/pods?${query}`))['items']).find(isReady);
  if (pod === undefined) {
    throw new ReadFailure('unreachable', `${name} has no ready pod`, 'no-ready-pod');
  }
  return { pod: text(object(pod['metadata'])['name']), port: targetPort(wanted, pod, port) };
}

function isReady(pod: Foreign): boolean {
  const conditions = objects(object(pod['status'])['conditions']);
  const isLeaving = typeof object(pod['metadata'])['deletionTimestamp'] === 'string';
  return !isLeaving && conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
}

/** A targetPort may be a number, the name of a container's port, or absent, which means the Service's own. */
function targetPort(wanted: Foreign, pod: Foreign, port: number): number {
  const target = wanted['targetPort'];
  if (typeof target !== 'string') {
    return number(target, port) || port;
  }
  const ports = objects(object(pod['spec'])['containers']).flatMap((container) => objects(container['ports']));
  return number(ports.find(({ name }) => name === target)?.['containerPort'], Number(target) || port);
}
