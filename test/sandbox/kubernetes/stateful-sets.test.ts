import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ControllerRevision, Pod, StatefulSet } from '#sandbox/kubernetes/shapes.ts';
import type { SeedObject } from '#sandbox/kubernetes/types.ts';
import { type TestCluster, testCluster } from './cluster.ts';
import { ManualTime } from './manual-time.ts';

const namespace = 'maple-toys';

function redis(image: string, spec: object = {}): SeedObject {
  const labels = { app: 'redis' };
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'redis', namespace },
    spec: {
      replicas: 3,
      serviceName: 'redis',
      selector: { matchLabels: labels },
      ...spec,
      template: { metadata: { labels }, spec: { containers: [{ name: 'redis', image }] } },
    },
  };
}

describe('a StatefulSet', () => {
  let time: ManualTime;
  let cluster: TestCluster;
  beforeEach(async () => {
    time = new ManualTime();
    cluster = await testCluster({ clock: time, timers: time, seed: [redis('redis:7')] });
  });
  afterEach(() => cluster[Symbol.asyncDispose]());

  const images = (): readonly (string | undefined)[] =>
    (cluster.kubernetes.list('Pod', namespace) as unknown as readonly Pod[]).map(
      ({ spec }) => spec.containers[0]?.image,
    );
  const set = (): StatefulSet =>
    cluster.kubernetes.get({ kind: 'StatefulSet', namespace, name: 'redis' }) as unknown as StatefulSet;
  const revisions = (): readonly ControllerRevision[] =>
    cluster.kubernetes.list('ControllerRevision', namespace) as unknown as readonly ControllerRevision[];
  const numbers = (): readonly number[] =>
    revisions()
      .map(({ revision }) => revision)
      .sort();

  it('that is seeded has one revision, current and wanted', () => {
    expect(numbers()).toEqual([1]);
    expect(set().status).toMatchObject({ readyReplicas: 3, currentReplicas: 3, updatedReplicas: 3 });
    expect(set().status?.currentRevision).toBe(revisions()[0]?.metadata.name);
  });

  it('rolls from the last pod down, each once the one before is ready', async () => {
    cluster.kubernetes.apply(redis('redis:8'));
    await time.advance(2500);
    expect(images()).toEqual(['redis:7', 'redis:7', 'redis:8']);
    expect(set().status?.currentRevision).not.toBe(set().status?.updateRevision);
    await time.advance(60_000);
    expect(images()).toEqual(['redis:8', 'redis:8', 'redis:8']);
    expect(set().status?.currentRevision).toBe(set().status?.updateRevision);
  });

  it('leaves what is below the partition, and remakes a lost one of these as it was', async () => {
    const held = { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 2 } } };
    cluster.kubernetes.apply(redis('redis:8', held));
    await time.advance(60_000);
    expect(images()).toEqual(['redis:7', 'redis:7', 'redis:8']);
    expect(set().status).toMatchObject({ updatedReplicas: 1, currentReplicas: 2 });
    cluster.kubernetes.remove({ kind: 'Pod', namespace, name: 'redis-0' });
    await time.advance(60_000);
    expect(images()).toEqual(['redis:7', 'redis:7', 'redis:8']);
  });

  it('gives an old template a new number when it comes back', async () => {
    cluster.kubernetes.apply(redis('redis:8'));
    await time.advance(60_000);
    cluster.kubernetes.apply(redis('redis:7'));
    await time.advance(60_000);
    expect(numbers()).toEqual([2, 3]);
    expect(images()).toEqual(['redis:7', 'redis:7', 'redis:7']);
    const newest = revisions().find(({ revision }) => revision === 3);
    expect(newest?.data.spec.template).toMatchObject({
      $patch: 'replace',
      spec: { containers: [{ image: 'redis:7' }] },
    });
  });

  it('is held up by a pod that never gets ready, also on the way back', async () => {
    const last = { namespace, labels: { 'apps.kubernetes.io/pod-index': '2' } };
    cluster.kubernetes.apply(redis('redis:8'));
    await time.advance(100);
    cluster.kubernetes.setPodBehaviour(last, { notReady: {} });
    await time.advance(60_000);
    expect(images()).toEqual(['redis:7', 'redis:7', 'redis:8']);
    cluster.kubernetes.apply(redis('redis:7'));
    await time.advance(60_000);
    expect(images()).toEqual(['redis:7', 'redis:7', 'redis:8']);
    cluster.kubernetes.setPodBehaviour(last, null);
    cluster.kubernetes.remove({ kind: 'Pod', namespace, name: 'redis-2' });
    await time.advance(60_000);
    expect(images()).toEqual(['redis:7', 'redis:7', 'redis:7']);
  });

  it('that manages its pods in parallel makes them all at once, and ends them so', async () => {
    cluster.kubernetes.apply(redis('redis:7', { podManagementPolicy: 'Parallel', replicas: 6 }));
    await time.advance(100);
    expect(images()).toHaveLength(6);
    cluster.kubernetes.apply(redis('redis:7', { podManagementPolicy: 'Parallel', replicas: 1 }));
    await time.advance(5000);
    expect(images()).toHaveLength(1);
  });

  it('that is scaled down ends the last ones first, one by one', async () => {
    cluster.kubernetes.apply(redis('redis:7', { replicas: 1 }));
    await time.advance(100);
    const ending = (cluster.kubernetes.list('Pod', namespace) as unknown as readonly Pod[]).filter(
      ({ metadata }) => metadata.deletionTimestamp !== undefined,
    );
    expect(ending.map(({ metadata }) => metadata.name)).toEqual(['redis-2']);
    await time.advance(60_000);
    expect(images()).toHaveLength(1);
  });
});
