import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startKubernetes } from '#sandbox/kubernetes/open.ts';
import type { SandboxKubernetes, SeedObject } from '#sandbox/kubernetes/types.ts';
import type { ClusterReader } from '#systems/kubernetes/cluster.ts';
import { openCluster } from '#systems/kubernetes/open.ts';
import type { Kind } from '#systems/kubernetes/rows.ts';
import { systemClock } from '#text/clock.ts';

function deployment(name: string, replicas: number): SeedObject {
  const labels = { app: name };
  const template = { metadata: { labels }, spec: { containers: [{ name: 'odoo', image: 'odoo:17' }] } };
  const spec = { replicas, selector: { matchLabels: labels }, template };
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace: 'shop', labels }, spec };
}

describe("on the sandbox's cluster", () => {
  const folder = mkdtempSync(join(tmpdir(), 'till-reader-'));
  let sandbox: SandboxKubernetes;
  let cluster: ClusterReader;

  beforeAll(async () => {
    sandbox = await startKubernetes({ folder, seed: [deployment('web', 3)], clock: systemClock, pace: 1000 });
    cluster = openCluster({ name: 'sandbox', kubeconfig: sandbox.kubeconfigPath });
  });
  afterAll(async () => {
    await cluster.close();
    await sandbox.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('every kind gets its first picture and is live', async () => {
    const kinds: readonly Kind[] = ['deployments', 'statefulsets', 'pods', 'horizontalpodautoscalers', 'nodes'];
    const stores = kinds.map((kind) => cluster.watch(kind));
    await Promise.all(stores.map((store) => store.settled()));
    expect(stores.map(({ state }) => `${state.source} ${state.phase}`)).toEqual(
      kinds.map((kind) => `kubernetes/sandbox/${kind} live`),
    );
    expect([...cluster.watch('deployments').rows.values()]).toMatchObject([{ name: 'web', replicas: 3, ready: 3 }]);
    expect([...cluster.watch('pods').rows.values()].map(({ status }) => status)).toEqual(Array(3).fill('Running'));
  });

  it('a crash is seen as kubectl would say it', async () => {
    const store = cluster.watch('pods');
    await store.settled();
    sandbox.setPodBehaviour({ namespace: 'shop', labels: { app: 'web' } }, { crash: { exitCode: 3, restarts: 4 } });
    await vi.waitUntil(() => [...store.rows.values()].some(({ status }) => status === 'CrashLoopBackOff'), {
      timeout: 10_000,
    });
    const [pod] = [...store.rows.values()].filter(({ status }) => status === 'CrashLoopBackOff');
    expect(pod).toMatchObject({ ready: false, containersReady: 0, lastTermination: { exitCode: 3 } });
  });
});
