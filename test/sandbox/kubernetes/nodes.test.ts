import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isReady } from '#sandbox/kubernetes/controllers/pods.ts';
import type { Node, Pod } from '#sandbox/kubernetes/shapes.ts';
import { deployment, type TestCluster, testCluster } from './cluster.ts';
import { ManualTime } from './manual-time.ts';

const time = new ManualTime();
let cluster: TestCluster;

beforeAll(async () => {
  cluster = await testCluster({ clock: time, timers: time, seed: [deployment('web', { replicas: 6 })] });
});
afterAll(() => cluster[Symbol.asyncDispose]());

function node(name: string): Node {
  return cluster.kubernetes.get({ kind: 'Node', name }) as unknown as Node;
}

function podsOn(name: string): readonly Pod[] {
  const pods = cluster.kubernetes.list('Pod') as unknown as readonly Pod[];
  return pods.filter(({ spec }) => spec.nodeName === name);
}

function reasons(): readonly unknown[] {
  return cluster.kubernetes.list('Event').map((event) => event['reason']);
}

describe('nodes', () => {
  it('are three, ready, and share the pods evenly', () => {
    const names = cluster.kubernetes.list('Node').map(({ metadata }) => metadata.name);
    expect(names).toEqual(['node-1', 'node-2', 'node-3']);
    expect(names.map((name) => podsOn(name).length)).toEqual([2, 2, 2]);
  });

  it('renew their leases', async () => {
    const lease = (): unknown =>
      cluster.kubernetes.get({ kind: 'Lease', namespace: 'kube-node-lease', name: 'node-1' })?.spec;
    const before = lease();
    await time.advance(11_000);
    expect(lease()).not.toEqual(before);
  });

  it('short of memory take no new pods and say so', () => {
    cluster.kubernetes.setNodeCondition('node-1', { type: 'MemoryPressure', status: 'True' });
    expect(node('node-1').spec.taints).toEqual([
      expect.objectContaining({ key: 'node.kubernetes.io/memory-pressure' }),
    ]);
    expect(node('node-1').status?.conditions).toContainEqual(
      expect.objectContaining({ type: 'MemoryPressure', status: 'True', reason: 'KubeletHasInsufficientMemory' }),
    );
    expect(reasons()).toContain('NodeHasInsufficientMemory');
    cluster.kubernetes.setNodeCondition('node-1', { type: 'MemoryPressure', status: 'False' });
    expect(node('node-1').spec.taints).toEqual([]);
  });

  it('that are lost make their pods not ready, and after five minutes these run elsewhere', async () => {
    cluster.kubernetes.setNodeCondition('node-2', { type: 'Ready', status: 'Unknown' });
    expect(podsOn('node-2').map(isReady)).toEqual([false, false]);
    expect(node('node-2').spec.taints?.map(({ key, effect }) => `${key}:${effect}`)).toEqual([
      'node.kubernetes.io/unreachable:NoSchedule',
      'node.kubernetes.io/unreachable:NoExecute',
    ]);
    await time.advance(320_000);
    expect(podsOn('node-2')).toEqual([]);
    expect(podsOn('node-1').length + podsOn('node-3').length).toBe(6);
  });

  it('that come back take pods again', async () => {
    cluster.kubernetes.setNodeCondition('node-2', { type: 'Ready', status: 'True' });
    const [pod] = podsOn('node-1');
    cluster.kubernetes.remove({ kind: 'Pod', namespace: 'maple-toys', name: pod?.metadata.name ?? '' });
    await time.advance(10_000);
    expect(podsOn('node-2').map(isReady)).toEqual([true]);
  });
});
