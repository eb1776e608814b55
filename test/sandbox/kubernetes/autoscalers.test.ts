import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Deployment, HorizontalPodAutoscaler } from '#sandbox/kubernetes/shapes.ts';
import { autoscaler, deployment, type TestCluster, testCluster } from './cluster.ts';
import { ManualTime } from './manual-time.ts';

const time = new ManualTime();
let cluster: TestCluster;
const web = { namespace: 'maple-toys', name: 'web' };

beforeAll(async () => {
  cluster = await testCluster({ clock: time, timers: time, seed: [deployment('web'), autoscaler('web', 2, 6)] });
});
afterAll(() => cluster[Symbol.asyncDispose]());

function hpa(): HorizontalPodAutoscaler {
  return cluster.kubernetes.get({ kind: 'HorizontalPodAutoscaler', ...web }) as unknown as HorizontalPodAutoscaler;
}

function replicas(): number | undefined {
  return (cluster.kubernetes.get({ kind: 'Deployment', ...web }) as unknown as Deployment).spec.replicas;
}

function condition(type: string): object | undefined {
  return hpa().status?.conditions?.find((each) => each.type === type);
}

describe('an autoscaler', () => {
  it('is content on a quiet day', () => {
    expect(hpa().status).toMatchObject({ currentReplicas: 2, desiredReplicas: 2 });
    expect(condition('AbleToScale')).toMatchObject({ status: 'True' });
    expect(condition('ScalingLimited')).toMatchObject({ status: 'False', reason: 'DesiredWithinRange' });
  });

  it('shares the load among more pods', async () => {
    cluster.kubernetes.setLoad(web, 130);
    await time.advance(60_000);
    expect(replicas()).toBe(4);
    expect(hpa().status?.currentMetrics?.[0]?.resource?.current.averageUtilization).toBe(65);
    expect(cluster.kubernetes.list('Event', 'maple-toys').map((event) => event['reason'])).toContain(
      'SuccessfulRescale',
    );
  });

  it('stops at its maximum and says that it would like more', async () => {
    cluster.kubernetes.setLoad(web, 400);
    await time.advance(120_000);
    expect(replicas()).toBe(6);
    expect(condition('ScalingLimited')).toMatchObject({ status: 'True', reason: 'TooManyReplicas' });
  });

  it('shrinks only after five quiet minutes', async () => {
    cluster.kubernetes.setLoad(web, 10);
    await time.advance(240_000);
    expect(replicas()).toBe(6);
    await time.advance(120_000);
    expect(replicas()).toBe(2);
    expect(condition('ScalingLimited')).toMatchObject({ status: 'True', reason: 'TooFewReplicas' });
  });
});
