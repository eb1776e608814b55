import { setTimeout as pause } from 'node:timers/promises';
import { vi } from 'vitest';
import type { ApiServer } from '../contract/api-server.ts';
import { type ApiClient, type Json, mergePatch } from '../contract/client.ts';
import type { Pair, Postgres } from './pair.ts';

export const place = { namespace: 'data', name: 'pg' } as const;
export const clusterPath = '/apis/postgresql.cnpg.io/v1/namespaces/data/clusters/pg';
export const healthy = 'Cluster in healthy state';

/** What the operator does with a target that was written. */
export type Manner =
  | 'usual'
  /** Puts it back, as whatever manages the status otherwise would. */
  | 'reverts'
  /** Leaves it, and does nothing (cnpg#6475). */
  | 'sleeps';

export interface Operator {
  manner: Manner;
  status(): Promise<Readonly<Record<string, Json | undefined>>>;
  close(): Promise<void>;
}

/** The kind, its object and its pods on an API server; and a stand-in for the operator, over two real servers. */
export async function startCloudNativePg(
  { admin }: ApiServer,
  { a, b }: Pick<Pair, 'a' | 'b'>,
  spec: Readonly<Record<string, unknown>> = {},
): Promise<Operator> {
  await define(admin);
  const pods = `/api/v1/namespaces/${place.namespace}/pods`;
  for (const { name } of [a, b]) {
    await made(admin, pods, {
      ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: place.namespace } },
      spec: { containers: [{ name: 'postgres', image: 'postgres' }] },
    });
  }
  await made(admin, clusterPath.replace('/pg', ''), {
    ...{ apiVersion: 'postgresql.cnpg.io/v1', kind: 'Cluster', metadata: place },
    spec: { instances: 2, switchoverDelay: 600, ...spec },
  });
  const system = (await a.sql('SELECT system_identifier::text AS id FROM pg_control_system()'))[0]?.['id'];
  const tell = async (status: object) => {
    const { code, body } = await admin.ask(`${clusterPath}/status`, {
      ...{ method: 'PATCH', headers: mergePatch, body: { status } },
    });
    if (code !== 200) {
      throw new Error(`the operator may not write: ${JSON.stringify(body)}`);
    }
  };
  const status = async () => ((await admin.get(clusterPath))['status'] ?? {}) as Record<string, Json | undefined>;
  const whole = (primary: Postgres, timeline: number) => ({
    ...{ instances: 2, readyInstances: 2, currentPrimary: primary.name, targetPrimary: primary.name },
    ...{ timelineID: timeline, phase: healthy, phaseReason: '', instanceNames: [a.name, b.name] },
    instancesStatus: { healthy: [a.name, b.name] },
    conditions: [condition('Ready', 'True'), condition('ContinuousArchiving', 'True')],
  });
  await tell({ ...whole(a, 1), systemID: system });

  const operator = { manner: 'usual' as Manner };
  let isClosed = false;

  async function turn(from: Postgres, to: Postgres): Promise<void> {
    await from.stop();
    await to.promote();
    const timeline = Number(((await status())['timelineID'] ?? 0) as unknown) + 1;
    await tell({
      ...{ currentPrimary: to.name, timelineID: timeline, readyInstances: 1 },
      instancesStatus: { healthy: [to.name], failed: [from.name] },
    });
    await from.start({ standbyOf: to });
    await tell(whole(to, timeline));
  }

  const reconciling = (async () => {
    while (!isClosed) {
      const { currentPrimary, targetPrimary } = await status();
      const [from, to] = [currentPrimary, targetPrimary].map((name) =>
        [a, b].find((one) => one.name === (name as unknown)),
      );
      if (from !== undefined && to !== undefined && from !== to) {
        switch (operator.manner) {
          case 'usual':
            await turn(from, to);
            break;
          case 'reverts':
            await tell({ targetPrimary: from.name, phase: healthy });
            break;
          case 'sleeps':
            break;
        }
      }
      await pause(100);
    }
  })();

  return {
    get manner() {
      return operator.manner;
    },
    set manner(manner) {
      operator.manner = manner;
    },
    status,
    async close() {
      isClosed = true;
      await reconciling;
    },
  };
}

/** Where applications go: the Service `pg-rw` leads to the pod that is primary, by the servers themselves. */
export async function primaryOf({ a, b }: Pick<Pair, 'a' | 'b'>): Promise<number | null> {
  for (const server of [a, b]) {
    const [row] = server.isRunning ? await server.sql('SELECT pg_is_in_recovery() AS standby').catch(() => []) : [];
    if (row?.['standby'] === false) {
      return server.port;
    }
  }
  return null;
}

function condition(type: string, status: 'True' | 'False'): object {
  const reason = type === 'Ready' ? 'ClusterIsReady' : 'ContinuousArchivingSuccess';
  return { type, status, reason, message: 'as it should be', lastTransitionTime: '2026-11-20T10:00:00Z' };
}

async function made(admin: ApiClient, path: string, object: object): Promise<void> {
  const { code, body } = await admin.post(path, object);
  if (code !== 201 && code !== 409) {
    throw new Error(`${path}: ${JSON.stringify(body)}`);
  }
}

async function define(admin: ApiClient): Promise<void> {
  await made(admin, '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: place.namespace } });
  await made(admin, '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'clusters.postgresql.cnpg.io' },
    spec: {
      group: 'postgresql.cnpg.io',
      scope: 'Namespaced',
      names: { kind: 'Cluster', listKind: 'ClusterList', plural: 'clusters', singular: 'cluster' },
      versions: [
        {
          ...{ name: 'v1', served: true, storage: true, subresources: { status: {} } },
          schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        },
      ],
    },
  });
  await vi.waitUntil(async () => (await admin.ask(clusterPath.replace('/pg', ''))).code === 200, {
    ...{ timeout: 20_000, interval: 100 },
  });
}
