import { expect, vi } from 'vitest';
import type { ApiServer } from './api-server.ts';

/** Gives each suite the server, once it has started. */
export type Server = () => ApiServer;

export const configMaps = '/api/v1/namespaces/contract/configmaps';

export function configMap(
  name: string,
  labels: Record<string, string> = {},
  data: Record<string, string> = {},
): object {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'contract', labels }, data };
}

/** Numbers for names: suites share one namespace. */
let count = 0;

export function fresh(prefix: string): string {
  count += 1;
  return `${prefix}-${count}`;
}

/** Creates config maps with one label of their own; returns the selector that finds just these. */
export async function createSome(
  server: ApiServer,
  amount: number,
  data: Record<string, string> = {},
): Promise<string> {
  const batch = fresh('batch');
  for (let index = 0; index < amount; index += 1) {
    await server.admin.post(configMaps, configMap(`${batch}-${index}`, { batch }, data));
  }
  return `labelSelector=batch%3D${batch}`;
}

/** Defines a kind of its own and waits until it is served; returns the path of its objects, and one. */
export async function defineKind(
  server: ApiServer,
  columns: readonly object[] = [],
): Promise<{ readonly path: string; readonly kind: string; readonly object: (spec: object) => object }> {
  const kind = `Gadget${fresh('').slice(1)}`;
  const name = kind.toLowerCase();
  const group = 'contract.till.dev';
  await server.admin.post('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${name}s.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind, listKind: `${kind}List`, plural: `${name}s`, singular: name },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
          ...(columns.length === 0 ? {} : { additionalPrinterColumns: columns }),
        },
      ],
    },
  });
  const path = `/apis/${group}/v1/namespaces/contract/${name}s`;
  await vi.waitFor(async () => expect((await server.admin.ask(path)).code).toBe(200), {
    timeout: 15_000,
    interval: 100,
  });
  return {
    path,
    kind,
    object: (spec) => ({ apiVersion: `${group}/v1`, kind, metadata: { name: 'a', namespace: 'contract' }, spec }),
  };
}
