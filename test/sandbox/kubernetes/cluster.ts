import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startKubernetes } from '#sandbox/kubernetes/open.ts';
import type { SandboxKubernetes, SandboxKubernetesOptions, SeedObject } from '#sandbox/kubernetes/types.ts';
import { systemClock } from '#text/clock.ts';
import { ApiClient } from '../../contract/client.ts';

export interface TestCluster extends AsyncDisposable {
  readonly kubernetes: SandboxKubernetes;
  readonly folder: string;
  readonly admin: ApiClient;
  readonly reader: ApiClient;
}

/** A sandbox cluster for one test file, gone with it. */
export async function testCluster(options: Partial<SandboxKubernetesOptions> = {}): Promise<TestCluster> {
  const folder = mkdtempSync(join(tmpdir(), 'till-kube-'));
  const kubernetes = await startKubernetes({ folder, seed: [], clock: systemClock, ...options });
  const admin = ApiClient.of(kubernetes.kubeconfigPath, 'till-sandbox-admin');
  const reader = ApiClient.of(kubernetes.kubeconfigPath);
  return {
    kubernetes,
    folder,
    admin,
    reader,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([admin.close(), reader.close()]);
      await kubernetes.close();
      rmSync(folder, { recursive: true });
    },
  };
}

export interface WorkloadOptions {
  readonly namespace?: string;
  readonly replicas?: number;
  readonly image?: string;
  readonly probe?: boolean;
  readonly spec?: object;
  readonly createdAt?: string;
}

/** An Odoo's Deployment, as the sandbox's estate has them. */
export function deployment(name: string, options: WorkloadOptions = {}): SeedObject {
  const { namespace = 'maple-toys', replicas = 2, image = 'odoo:17.0', probe = false, createdAt } = options;
  const labels = { 'app.kubernetes.io/name': 'odoo', 'app.kubernetes.io/component': name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace, labels, ...(createdAt === undefined ? {} : { creationTimestamp: createdAt }) },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      ...options.spec,
      template: {
        metadata: { labels },
        spec: {
          containers: [
            {
              name: 'odoo',
              image,
              ports: [{ name: 'http', containerPort: 8069 }],
              resources: { requests: { cpu: '500m', memory: '512Mi' } },
              ...(probe ? { readinessProbe: { httpGet: { path: '/web/health', port: 'http' } } } : {}),
            },
          ],
        },
      },
    },
  };
}

export function autoscaler(name: string, min: number, max: number): SeedObject {
  const target = { type: 'Utilization', averageUtilization: 70 };
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name, namespace: 'maple-toys' },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
      minReplicas: min,
      maxReplicas: max,
      metrics: [{ type: 'Resource', resource: { name: 'cpu', target } }],
    },
  };
}

export function configMap(name: string, namespace = 'maple-toys', labels: Record<string, string> = {}): SeedObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace, labels }, data: { key: name } };
}
