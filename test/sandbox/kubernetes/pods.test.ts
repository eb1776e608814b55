import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Pod } from '#sandbox/kubernetes/shapes.ts';
import type { PodBehaviour } from '#sandbox/kubernetes/types.ts';
import { tableAccept } from '../../contract/client.ts';
import { deployment, type TestCluster, testCluster } from './cluster.ts';
import { ManualTime } from './manual-time.ts';

const time = new ManualTime();
let cluster: TestCluster;
const selector = { namespace: 'maple-toys', labels: { 'app.kubernetes.io/component': 'web' } };

beforeAll(async () => {
  cluster = await testCluster({ clock: time, timers: time, seed: [deployment('web', { replicas: 1, probe: true })] });
});
afterAll(() => cluster[Symbol.asyncDispose]());
beforeEach(async () => {
  cluster.kubernetes.setPodBehaviour(selector, null);
  await time.advance(400_000);
});

function behave(behaviour: PodBehaviour | null): void {
  cluster.kubernetes.setPodBehaviour(selector, behaviour);
}

function pod(): Pod {
  return cluster.kubernetes.list('Pod', 'maple-toys')[0] as unknown as Pod;
}

/** READY, STATUS and RESTARTS, as kubectl prints them. */
async function shown(): Promise<readonly string[]> {
  const table = await cluster.reader.get('/api/v1/namespaces/maple-toys/pods?includeObject=None', tableAccept);
  return (table['rows'] as unknown as readonly { cells: string[] }[]).map(({ cells }) => cells.slice(1, 4).join(' '));
}

function warnings(): readonly string[] {
  return cluster.kubernetes
    .list('Event')
    .filter(({ type }) => type === 'Warning')
    .map((event) => String(event['reason']));
}

describe('a pod that is made', () => {
  it('is scheduled, created, started and, when its probe passes, ready', async () => {
    cluster.kubernetes.apply(deployment('worker', { replicas: 1, probe: true, namespace: 'fresh' }));
    const seen: string[] = [];
    for (let step = 0; step < 60; step += 1) {
      await time.advance(100);
      const table = await cluster.reader.get('/api/v1/namespaces/fresh/pods?includeObject=None', tableAccept);
      const [row] = table['rows'] as unknown as readonly { cells: string[] }[];
      const now = row?.cells.slice(1, 3).join(' ') ?? 'none';
      if (seen.at(-1) !== now) {
        seen.push(now);
      }
    }
    expect(seen).toEqual(['0/1 Pending', '0/1 ContainerCreating', '0/1 Running', '1/1 Running']);
    const reasons = cluster.kubernetes
      .list('Event', 'fresh')
      .filter((event) => (event['involvedObject'] as { kind: string }).kind === 'Pod')
      .map((event) => event['reason']);
    expect(reasons).toEqual(expect.arrayContaining(['Scheduled', 'Pulled', 'Created', 'Started']));
    cluster.kubernetes.remove({ kind: 'Namespace', name: 'fresh' });
  });
});

describe('a pod that crashes', () => {
  it('restarts at once, then backs off for longer and longer', async () => {
    behave({ crash: { exitCode: 2, afterMs: 1000 } });
    await time.advance(1200);
    expect(await shown()).toEqual(['0/1 Error 0']);
    await time.advance(600);
    expect(pod().status?.containerStatuses?.[0]).toMatchObject({
      restartCount: 1,
      lastState: { terminated: { exitCode: 2, reason: 'Error' } },
    });
    await time.advance(2000);
    expect(pod().status?.containerStatuses?.[0]?.state.waiting).toMatchObject({ reason: 'CrashLoopBackOff' });
    expect(pod().status?.containerStatuses?.[0]?.state.waiting?.message).toMatch(/^back-off 10s restarting/);
    await time.advance(13_000);
    expect(pod().status?.containerStatuses?.[0]).toMatchObject({
      restartCount: 2,
      state: { waiting: { message: expect.stringMatching(/^back-off 20s/) } },
    });
    expect(warnings()).toContain('BackOff');
  });

  it('can be seeded as an old trouble: in its back-off from the first moment, with restarts behind it', async () => {
    behave({ crash: { restarts: 37 } });
    await time.advance(10);
    expect(await shown()).toEqual([expect.stringMatching(/^0\/1 CrashLoopBackOff 37/)]);
  });

  it('runs and gets ready again once it is healed', async () => {
    behave({ oomKilled: {} });
    await time.advance(60_000);
    expect(pod().status?.containerStatuses?.[0]?.lastState?.terminated).toMatchObject({
      reason: 'OOMKilled',
      exitCode: 137,
    });
    behave(null);
    await time.advance(10_000);
    expect(await shown()).toEqual([expect.stringMatching(/^1\/1 Running/)]);
  });
});

describe('other troubles of a pod', () => {
  it('a readiness probe that fails leaves it running and not ready', async () => {
    behave({ notReady: {} });
    await time.advance(10);
    expect(await shown()).toEqual([expect.stringMatching(/^0\/1 Running/)]);
    expect(warnings()).toContain('Unhealthy');
  });

  it('an image that cannot be pulled', async () => {
    behave({ imagePullBackOff: { image: 'odoo:no-such' } });
    await time.advance(10);
    expect(await shown()).toEqual([expect.stringMatching(/^0\/1 ErrImagePull/)]);
    await time.advance(2000);
    expect(await shown()).toEqual([expect.stringMatching(/^0\/1 ImagePullBackOff/)]);
  });

  it('no node takes it: it stays pending and says why', async () => {
    behave({ unschedulable: { message: '0/3 nodes are available: 3 Insufficient memory.' } });
    cluster.kubernetes.remove({ kind: 'Pod', namespace: 'maple-toys', name: pod().metadata.name });
    await time.advance(3000);
    expect(pod().status?.conditions).toEqual([
      expect.objectContaining({ type: 'PodScheduled', status: 'False', reason: 'Unschedulable' }),
    ]);
    expect(warnings()).toContain('FailedScheduling');
  });
});

describe('the log of a pod', () => {
  it('is simulated, with tail, stamps and the previous container', async () => {
    behave({ crash: {} });
    await time.advance(4000);
    behave(null);
    await time.advance(60_000);
    const path = `/api/v1/namespaces/maple-toys/pods/${pod().metadata.name}/log`;
    const { bytes } = await cluster.reader.ask(`${path}?tailLines=2&timestamps=true`);
    expect(bytes.toString().split('\n')).toHaveLength(3);
    expect(bytes.toString()).toMatch(/^\d{4}-\d\d-\d\dT\S+Z odoo: /);
    const previous = await cluster.reader.ask(`${path}?previous=true&container=odoo`);
    expect(previous.code).toBe(200);
    expect((await cluster.reader.get(`${path}?container=nope`))['message']).toMatch(
      /container nope is not valid for pod/,
    );
  });

  it('is followed for as long as the container runs', async () => {
    const path = `/api/v1/namespaces/maple-toys/pods/${pod().metadata.name}/log?follow=true&tailLines=1`;
    const following = cluster.reader.ask(path);
    for (let second = 0; second < 12; second += 1) {
      await time.advance(1000);
      await cluster.reader.ask('/readyz');
    }
    behave({ crash: { afterMs: 1000 } });
    await time.advance(3000);
    const { bytes } = await following;
    expect(bytes.toString().trim().split('\n').length).toBeGreaterThan(1);
  });

  it('says what a scenario gives it to say', async () => {
    cluster.kubernetes.setPodLog(selector, () => [{ at: time.now(), text: 'psycopg2.OperationalError' }]);
    const { bytes } = await cluster.reader.ask(`/api/v1/namespaces/maple-toys/pods/${pod().metadata.name}/log`);
    expect(bytes.toString()).toBe('psycopg2.OperationalError\n');
  });
});
