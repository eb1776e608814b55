// The API server of a large estate, in a process of its own so that its work is not counted as ours: 1,000 tenants with
// ten pods each. `node test/bench/cluster.ts FOLDER` prints a line once its pods are there, and ends with its stdin.
import { startKubernetes } from '#sandbox/kubernetes/open.ts';
import type { SeedObject } from '#sandbox/kubernetes/types.ts';
import { systemClock } from '#text/clock.ts';

const tenants = Number(process.env['BENCH_TENANTS'] ?? 1000);
const groups = { web: 7, cron: 1, queue: 2 } as const;
const podsPerTenant = Object.values(groups).reduce((sum, count) => sum + count, 0);

function seeds(): readonly SeedObject[] {
  const nodes = Array.from({ length: 100 }, (_, index) => node(`node-${index}`));
  const own = Array.from({ length: tenants }, (_, index) =>
    tenantObjects(`shop-${String(index).padStart(4, '0')}`, index),
  );
  return [...nodes, ...own.flat()];
}

function node(name: string): SeedObject {
  const conditions = [
    { type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status' },
  ];
  const allocatable = { cpu: '64', memory: '256Gi', pods: '250' };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name },
    spec: {},
    status: { conditions, allocatable, capacity: allocatable },
  };
}

function tenantObjects(name: string, index: number): readonly SeedObject[] {
  const labels = { 'app.kubernetes.io/name': 'odoo', 'app.kubernetes.io/instance': name };
  const workloads = Object.entries(groups).map(([group, replicas]): SeedObject => {
    const own = { ...labels, 'app.kubernetes.io/component': group };
    return {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: `odoo-${group}`, namespace: name, labels: own },
      spec: {
        replicas,
        selector: { matchLabels: own },
        template: {
          metadata: { labels: own },
          spec: {
            containers: [
              { name: 'odoo', image: 'registry.example/odoo:17.0', resources: { requests: { cpu: '100m' } } },
            ],
          },
        },
      },
    };
  });
  const hpa: SeedObject = {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'odoo-web', namespace: name, labels },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'odoo-web' },
      minReplicas: groups.web,
      maxReplicas: 20,
    },
  };
  return [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }, ...workloads, ...(index % 3 === 0 ? [hpa] : [])];
}

const folder = process.argv[2] ?? '.';
const api = await startKubernetes({ folder, seed: seeds(), clock: systemClock, pace: 20 });
const wanted = tenants * podsPerTenant;
const running = () =>
  api.list('Pod').filter((pod) => (pod.status as { phase?: string } | undefined)?.phase === 'Running').length;
const timer = setInterval(() => {
  if (running() >= wanted) {
    clearInterval(timer);
    process.stdout.write(`${JSON.stringify({ kubeconfig: api.kubeconfigPath, pods: wanted })}\n`);
  }
}, 200);
process.stdin.resume();
process.stdin.on('end', () => void api.close().then(() => process.exit(0)));
