import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startKubernetes } from '#sandbox/kubernetes/open.ts';
import { systemClock } from '#text/clock.ts';
import type { ApiServer } from './api-server.ts';
import { ApiClient } from './client.ts';

/** The sandbox's API, in this process. */
export async function startSandboxServer(): Promise<ApiServer> {
  const folder = mkdtempSync(join(tmpdir(), 'till-contract-'));
  const kubernetes = await startKubernetes({ folder, seed: [], clock: systemClock });
  const path = kubernetes.kubeconfigPath;
  const clients = {
    admin: ApiClient.of(path, 'till-sandbox-admin'),
    viewer: ApiClient.withToken(path, kubernetes.issueToken('viewer')),
    nobody: ApiClient.withToken(path, kubernetes.issueToken('nobody')),
    anonymous: ApiClient.withToken(path),
    stranger: ApiClient.withToken(path, 'not-a-token'),
  };
  const config = JSON.parse(readFileSync(path, 'utf8')) as object;
  const kubeconfigPath = join(folder, 'admin.kubeconfig');
  writeFileSync(kubeconfigPath, JSON.stringify({ ...config, 'current-context': 'till-sandbox-admin' }));
  return {
    name: "the sandbox's API",
    kubeconfigPath,
    auditLogPath: kubernetes.auditLogPath,
    ...clients,
    compact: async () => kubernetes.compact(),
    stop: async () => {
      await Promise.all(Object.values(clients).map((client) => client.close()));
      await kubernetes.close();
      rmSync(folder, { recursive: true });
    },
  };
}
