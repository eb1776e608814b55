import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Estate } from '#estate/estate.ts';
import { startKubernetes } from '#sandbox/kubernetes/open.ts';
import type { PodServer, SandboxKubernetes } from '#sandbox/kubernetes/types.ts';
import { systemClock } from '#text/clock.ts';
import type { Keys } from '../../backups/world.ts';
import type { TestPostgres } from '../../servers.ts';
import { anEstateOn, secrets } from '../recovery/world.ts';

export const namespace = 'till-drills';

/** A cluster with a namespace for drills, whose pods are what `serving` makes of them. */
export async function startCluster(
  server: TestPostgres,
  serving: PodServer,
): Promise<{ readonly kubernetes: SandboxKubernetes; close(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'till-drills-'));
  const kubernetes = await startKubernetes({
    ...{ folder, clock: systemClock, pace: 20, serving },
    seed: [
      {
        ...{ apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-1' } },
        status: {
          allocatable: { cpu: '8', memory: '32Gi', pods: '50' },
          conditions: [{ type: 'Ready', status: 'True' }],
        },
      },
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
      {
        ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'recovery', namespace } },
        stringData: { host: server.host, port: String(server.port), user: 'till_restore', password: secrets.RESTORE },
      },
    ],
  });
  return {
    kubernetes,
    async close() {
      await kubernetes.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** An estate that restores its drills beside its tenants, and has them served in that cluster. */
export async function aDrillingEstate(
  server: TestPostgres,
  keys: Keys,
  { kubernetes, image, fields = {} }: { kubernetes: SandboxKubernetes; image: string; fields?: Partial<Estate> },
) {
  const made = await anEstateOn(server, keys, {
    clusters: { sandbox: { context: 'till-sandbox-admin', kubeconfig: kubernetes.kubeconfigPath } },
    ...fields,
  } as Partial<Estate>);
  const recovered = join(made.folder, 'recovered');
  await mkdir(recovered);
  Object.assign(made.acting.context.estate.backups ?? {}, {
    recovery: {
      ...{ postgres: 'pg-1', user: 'till_restore', password: { env: 'RESTORE' }, filestore: recovered },
      serve: { cluster: 'sandbox', namespace, secret: 'recovery', image },
    },
  });
  return { ...made, recovered };
}
