import { badRequest } from '../api/status.ts';
import { type Kind, qualified } from '../kinds/kind.ts';
import type { StoredObject } from '../types.ts';

export type FieldSelector = (object: StoredObject) => boolean;

/** Fields that a selector may name beside `metadata.name` and `metadata.namespace`, by resource (kube-apiserver's own list). */
const selectable: Readonly<Record<string, readonly string[]>> = {
  pods: [
    'spec.nodeName',
    'spec.restartPolicy',
    'spec.schedulerName',
    'spec.serviceAccountName',
    'spec.hostNetwork',
    'status.phase',
    'status.podIP',
    'status.nominatedNodeName',
  ],
  events: [
    'involvedObject.kind',
    'involvedObject.namespace',
    'involvedObject.name',
    'involvedObject.uid',
    'involvedObject.apiVersion',
    'involvedObject.resourceVersion',
    'involvedObject.fieldPath',
    'reason',
    'reportingComponent',
    'source',
    'type',
  ],
  nodes: ['spec.unschedulable'],
  namespaces: ['status.phase'],
  secrets: ['type'],
  'replicasets.apps': ['status.replicas'],
  'jobs.batch': ['status.successful'],
};

/** `a.b=c,d!=e` as a predicate. Throws the server's 400. */
export function fieldSelector(kind: Kind, text: string): FieldSelector {
  const terms = text
    .split(',')
    .map((term) => term.trim())
    .filter((term) => term !== '')
    .map((term) => parsed(kind, term));
  return (object) => terms.every(({ path, value, equal }) => (fieldOf(object, path) === value) === equal);
}

function parsed(kind: Kind, term: string): { path: string; value: string; equal: boolean } {
  const match = /^(?<path>[^=!]+)(?<operator>!=|==|=)(?<value>.*)$/.exec(term)?.groups;
  if (match === undefined) {
    throw badRequest(`invalid selector: '${term}'; can't understand '${term}'`);
  }
  const path = match['path'] ?? '';
  const known = selectable[qualified(kind)];
  if (path !== 'metadata.name' && path !== 'metadata.namespace' && !known?.includes(path)) {
    throw badRequest(
      known === undefined
        ? `"${path}" is not a known field selector: only "metadata.name", "metadata.namespace"`
        : `field label not supported: ${path}`,
    );
  }
  return { path, value: match['value'] ?? '', equal: match['operator'] !== '!=' };
}

function fieldOf(object: StoredObject, path: string): string {
  if (path === 'source') {
    return textAt(object, ['source', 'component']);
  }
  return textAt(object, path.split('.'));
}

function textAt(from: unknown, path: readonly string[]): string {
  let value = from;
  for (const step of path) {
    value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[step] : undefined;
  }
  if (value === undefined || value === null) {
    return path.at(-1) === 'unschedulable' || path.at(-1) === 'hostNetwork' ? 'false' : '';
  }
  return String(value);
}
