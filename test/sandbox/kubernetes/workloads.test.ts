import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Deployment, Pod, ReplicaSet } from '#sandbox/kubernetes/shapes.ts';
import { deployment, type TestCluster, testCluster } from './cluster.ts';
import { ManualTime } from './manual-time.ts';

const time = new ManualTime();
let cluster: TestCluster;

beforeAll(async () => {
  cluster = await testCluster({
    clock: time,
    timers: time,
    seed: [deployment('web', { replicas: 3, createdAt: '2026-11-01T00:00:00Z' }), deployment('cron', { replicas: 1 })],
  });
});
afterAll(() => cluster[Symbol.asyncDispose]());

function podsOf(component: string): readonly Pod[] {
  const pods = cluster.kubernetes.list('Pod', 'maple-toys') as unknown as readonly Pod[];
  return pods.filter(({ metadata }) => metadata.labels?.['app.kubernetes.io/component'] === component);
}

function workload(name: string): Deployment {
  return cluster.kubernetes.get({ kind: 'Deployment', namespace: 'maple-toys', name }) as unknown as Deployment;
}

function events(reason: string): readonly string[] {
  return cluster.kubernetes
    .list('Event', 'maple-toys')
    .filter((event) => event['reason'] === reason)
    .map((event) => String(event['message']));
}

describe('a seeded workload', () => {
  it('has been running since it was made: ReplicaSet, pods and status are there at once', () => {
    const pods = podsOf('web');
    expect(pods.map(({ status }) => status?.phase)).toEqual(['Running', 'Running', 'Running']);
    expect(pods[0]?.metadata.creationTimestamp).toBe('2026-11-01T00:00:00Z');
    expect(workload('web').status).toMatchObject({ readyReplicas: 3, availableReplicas: 3, updatedReplicas: 3 });
    expect(workload('web').metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('1');
  });

  it('ties pods to ReplicaSet to Deployment by owner and by template hash', () => {
    const [pod] = podsOf('web');
    const sets = cluster.kubernetes.list('ReplicaSet', 'maple-toys') as unknown as readonly ReplicaSet[];
    const set = sets.find(({ metadata }) => metadata.uid === pod?.metadata.ownerReferences?.[0]?.uid);
    const hash = pod?.metadata.labels?.['pod-template-hash'];
    expect(set?.metadata.name).toBe(`web-${hash}`);
    expect(set?.metadata.ownerReferences?.[0]?.uid).toBe(workload('web').metadata.uid);
    expect(set?.spec.selector.matchLabels?.['pod-template-hash']).toBe(hash);
  });
});

describe('a pod that is lost', () => {
  it('is given its time to end, and another takes its place', async () => {
    const [lost] = podsOf('cron');
    cluster.kubernetes.remove({ kind: 'Pod', namespace: 'maple-toys', name: lost?.metadata.name ?? '' });
    expect(podsOf('cron')[0]?.metadata.deletionTimestamp).toBeDefined();
    await time.advance(100);
    expect(podsOf('cron')).toHaveLength(2);
    await time.advance(10_000);
    expect(podsOf('cron').map(({ metadata }) => metadata.name)).not.toContain(lost?.metadata.name);
    expect(workload('cron').status?.readyReplicas).toBe(1);
  });
});

describe('a new image', () => {
  it('rolls out without fewer pods than the strategy allows, and counts a revision', async () => {
    cluster.kubernetes.apply(deployment('web', { replicas: 3, image: 'odoo:17.0-next', probe: true }));
    const available: number[] = [];
    for (let step = 0; step < 120; step += 1) {
      await time.advance(250);
      available.push(workload('web').status?.availableReplicas ?? 0);
    }
    expect(workload('web').status?.conditions?.[1]).toMatchObject({ reason: 'NewReplicaSetAvailable' });
    expect(Math.min(...available)).toBeGreaterThanOrEqual(3);
    expect(podsOf('web').map(({ spec }) => spec.containers[0]?.image)).toEqual(Array(3).fill('odoo:17.0-next'));
    expect(workload('web').metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('2');
    expect(events('ScalingReplicaSet').length).toBeGreaterThan(2);
  });

  it('goes back to the old ReplicaSet when the old template comes back', async () => {
    cluster.kubernetes.apply(deployment('web', { replicas: 3 }));
    await time.advance(30_000);
    const sets = cluster.kubernetes.list('ReplicaSet', 'maple-toys') as unknown as readonly ReplicaSet[];
    const ofWeb = sets.filter(({ metadata }) => metadata.name.startsWith('web-'));
    expect(ofWeb).toHaveLength(2);
    expect(workload('web').metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('3');
    expect(podsOf('web').map(({ spec }) => spec.containers[0]?.image)).toEqual(Array(3).fill('odoo:17.0'));
  });

  it('that cannot start is stuck, and the deadline says so', async () => {
    const selector = { namespace: 'maple-toys', labels: { 'app.kubernetes.io/component': 'cron' } };
    cluster.kubernetes.setPodBehaviour(selector, null);
    cluster.kubernetes.apply(
      deployment('cron', { replicas: 1, image: 'odoo:no-such', spec: { progressDeadlineSeconds: 30 } }),
    );
    await time.advance(200);
    const born = podsOf('cron').find(({ spec }) => spec.containers[0]?.image === 'odoo:no-such');
    const labels = { 'pod-template-hash': born?.metadata.labels?.['pod-template-hash'] ?? '' };
    cluster.kubernetes.setPodBehaviour({ namespace: 'maple-toys', labels }, { imagePullBackOff: {} });
    await time.advance(60_000);
    const { status } = workload('cron');
    expect(status?.conditions?.find(({ type }) => type === 'Progressing')).toMatchObject({
      status: 'False',
      reason: 'ProgressDeadlineExceeded',
    });
    expect(status?.availableReplicas).toBe(1);
  });
});

describe('deleting', () => {
  it('takes what is owned along', async () => {
    cluster.kubernetes.remove({ kind: 'Deployment', namespace: 'maple-toys', name: 'cron' });
    await time.advance(5000);
    expect(podsOf('cron')).toEqual([]);
  });

  it('empties a namespace that is removed', async () => {
    cluster.kubernetes.apply(deployment('web', { namespace: 'short-lived', replicas: 1 }));
    await time.advance(10_000);
    cluster.kubernetes.remove({ kind: 'Namespace', name: 'short-lived' });
    await time.advance(10_000);
    expect(cluster.kubernetes.list('Pod', 'short-lived')).toEqual([]);
    expect(cluster.kubernetes.list('ConfigMap', 'short-lived')).toEqual([]);
  });
});
