import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Deployment, ReplicaSet } from '#sandbox/kubernetes/shapes.ts';
import type { SeedObject } from '#sandbox/kubernetes/types.ts';
import { autoscaler, deployment, type TestCluster, testCluster } from './cluster.ts';
import { ManualTime } from './manual-time.ts';

const namespace = 'maple-toys';
const createdAt = '2026-11-01T00:00:00Z';

function quota(hard: Record<string, string>): SeedObject {
  return { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'tenant', namespace }, spec: { hard } };
}

describe('a quota in the way of a rollout', () => {
  let time: ManualTime;
  let cluster: TestCluster;
  beforeEach(async () => {
    time = new ManualTime();
    const seed = [deployment('web', { createdAt }), autoscaler('web', 1, 5), quota({ 'requests.cpu': '1500m' })];
    cluster = await testCluster({ clock: time, timers: time, seed });
  });
  afterEach(() => cluster[Symbol.asyncDispose]());

  const web = (): Deployment =>
    cluster.kubernetes.get({ kind: 'Deployment', namespace, name: 'web' }) as unknown as Deployment;
  const failures = () =>
    (cluster.kubernetes.list('ReplicaSet', namespace) as unknown as readonly ReplicaSet[]).flatMap(
      ({ status }) => status?.conditions ?? [],
    );
  const used = (): unknown => cluster.kubernetes.get({ kind: 'ResourceQuota', namespace, name: 'tenant' })?.status;

  it('counts what is there, and goes on counting', async () => {
    expect(used()).toEqual({ hard: { 'requests.cpu': '1500m' }, used: { 'requests.cpu': '1' } });
    cluster.kubernetes.apply(deployment('web', { replicas: 3 }));
    await time.advance(100);
    expect(used()).toMatchObject({ used: { 'requests.cpu': '1500m' } });
  });

  it('is told by an event, a condition of the ReplicaSet and one of the Deployment', async () => {
    cluster.kubernetes.apply(deployment('web', { replicas: 5 }));
    await time.advance(2000);
    const message =
      /^pods "web-\w+-\w{5}" is forbidden: exceeded quota: tenant, requested: requests.cpu=500m, used: requests.cpu=1500m, limited: requests.cpu=1500m$/;
    expect(failures()).toMatchObject([
      { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: expect.stringMatching(message) },
    ]);
    expect(web().status?.conditions).toContainEqual(
      expect.objectContaining({ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate' }),
    );
    const events = cluster.kubernetes.list('Event', namespace).filter(({ reason }) => reason === 'FailedCreate');
    expect(events[0]).toMatchObject({
      type: 'Warning',
      message: expect.stringMatching(/^Error creating: pods "web-/),
      involvedObject: { kind: 'ReplicaSet' },
    });
    expect(web().status?.replicas).toBe(3);
  });

  it('lets it go on when it is raised, and when it goes', async () => {
    cluster.kubernetes.apply(deployment('web', { replicas: 5 }));
    await time.advance(2000);
    cluster.kubernetes.apply(quota({ 'requests.cpu': '2' }));
    await time.advance(2000);
    expect(web().status?.replicas).toBe(4);
    cluster.kubernetes.remove({ kind: 'ResourceQuota', namespace, name: 'tenant' });
    await time.advance(10_000);
    expect(web().status).toMatchObject({ replicas: 5, availableReplicas: 5 });
    expect(failures()).toEqual([]);
    expect(web().status?.conditions?.map(({ type }) => type)).toEqual(['Available', 'Progressing']);
  });

  it('leaves no timer behind when the cluster closes', async () => {
    cluster.kubernetes.apply(deployment('web', { replicas: 5 }));
    await time.advance(2000);
    expect(time.waiting).toBeGreaterThan(0);
    await cluster.kubernetes.close();
    expect(time.waiting).toBe(0);
    cluster = await testCluster({ clock: time, timers: time });
  });

  it('that an autoscaler runs into belongs to the autoscaler: replicas are its field', async () => {
    cluster.kubernetes.setLoad({ namespace, name: 'web' }, 140);
    await time.advance(60_000);
    expect(web().metadata['managedFields']).toMatchObject([
      {
        manager: 'kube-controller-manager',
        subresource: 'scale',
        fieldsV1: { 'f:spec': { 'f:replicas': {} } },
      },
    ]);
  });
});
