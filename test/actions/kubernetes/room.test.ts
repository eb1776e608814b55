import { describe, expect, it } from 'vitest';
import { fitting, placedPod, roomOf } from '#actions/kubernetes/node-room.ts';
import { connectionsPerPod } from '#actions/kubernetes/odoo-workers.ts';
import { quotaBlockers } from '#actions/kubernetes/quota-room.ts';
import { requestsOf } from '#actions/kubernetes/requests.ts';

const asking = (cpu: string, memory = '1Gi') => ({ resources: { requests: { cpu, memory } } });

function node(name: string, cpu: string, spec: object = {}, ready = 'True') {
  return {
    metadata: { name, labels: { zone: 'a' } },
    spec,
    status: { allocatable: { cpu, memory: '64Gi', pods: '110' }, conditions: [{ type: 'Ready', status: ready }] },
  };
}

describe('the request of a pod', () => {
  it('is its containers and sidecars together, or its largest init container', () => {
    const spec = {
      containers: [asking('250m'), asking('250m')],
      initContainers: [asking('2'), { ...asking('100m'), restartPolicy: 'Always' }],
      overhead: { cpu: '50m' },
    };
    expect(requestsOf(spec).cpu).toBeCloseTo(2.05);
  });
});

describe('room on nodes', () => {
  const template = { containers: [asking('500m')] };

  it('is counted node by node: little on each is none for a large pod', () => {
    const nodes = Array.from({ length: 10 }, (_, index) => node(`n${index}`, '400m'));
    expect(fitting(roomOf(nodes, [], template), requestsOf(template), 1)).toBe(0);
    expect(fitting(roomOf([node('n', '1600m')], [], template), requestsOf(template), 9)).toBe(3);
  });

  it('leaves out nodes that would not take the pod', () => {
    const nodes = [
      node('cordoned', '8', { unschedulable: true }),
      node('tainted', '8', { taints: [{ key: 'gpu', value: 'yes', effect: 'NoSchedule' }] }),
      node('away', '8', {}, 'Unknown'),
    ];
    expect(roomOf(nodes, [], template)).toEqual([]);
    const tolerant = { ...template, tolerations: [{ key: 'gpu', operator: 'Exists' }] };
    expect(roomOf(nodes, [], tolerant).map(({ name }) => name)).toEqual(['tainted']);
    expect(roomOf([node('n', '8')], [], { ...template, nodeSelector: { zone: 'b' } })).toEqual([]);
  });

  it('is less what runs there, and ended pods take none', () => {
    const pod = (phase: string) => ({ spec: { nodeName: 'n', containers: [asking('1')] }, status: { phase } });
    expect(placedPod(pod('Succeeded'))).toBeNull();
    const taken = [placedPod(pod('Running'))].filter((each) => each !== null);
    expect(fitting(roomOf([node('n', '2')], taken, template), requestsOf(template), 9)).toBe(2);
  });
});

describe('a quota', () => {
  it('counts pods, requests and limits, and leaves alone what it does not name', () => {
    const template = { containers: [{ resources: { requests: { cpu: '250m' }, limits: { memory: '2Gi' } } }] };
    const quota = (hard: object, used: object) => ({
      metadata: { namespace: 'maple-toys', name: 'compute' },
      status: { hard, used },
    });
    expect(quotaBlockers([quota({ pods: '4', 'requests.storage': '1Gi' }, { pods: '2' })], template, 2)).toEqual([]);
    const [blocker] = quotaBlockers([quota({ pods: '4', 'limits.memory': '4Gi' }, { pods: '3' })], template, 3);
    expect(blocker?.reason).toBe(
      "the namespace's quota does not hold it (pods: 3 more need 3, 1 is left; limits.memory: 3 more need 6144Mi, 4096Mi is left)",
    );
  });
});

describe('the connections of one more pod', () => {
  it('are estimated from its workers, or not known', () => {
    const withArgs = (...args: string[]) => ({ containers: [{ args }] });
    expect(connectionsPerPod(withArgs('odoo', '--workers=4', '--max-cron-threads=0'))).toBe(9);
    expect(connectionsPerPod(withArgs('odoo', '--workers', '-1', '--max-cron-threads=2'))).toBe(2);
    expect(connectionsPerPod(withArgs('odoo'))).toBeNull();
  });
});
