import type { Resource } from './fault-server.ts';

export const pods = '/api/v1/pods';

/** A running pod with one container, as small as the API allows. */
export function pod(name: string, changes: { readonly namespace?: string; readonly status?: object } = {}): Resource {
  const namespace = changes.namespace ?? 'shop';
  return {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: {
      name,
      namespace,
      uid: `uid-${namespace}-${name}`,
      creationTimestamp: '2026-01-01T00:00:00Z',
      labels: { app: 'odoo' },
    },
    spec: { nodeName: 'node-1', containers: [{ name: 'odoo', image: 'odoo:17' }] },
    status: {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: 'True' }],
      containerStatuses: [{ name: 'odoo', ready: true, restartCount: 0, state: { running: {} } }],
      ...changes.status,
    },
  };
}
