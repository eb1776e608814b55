import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { object } from '#systems/kubernetes/foreign.ts';
import { kinds } from '#systems/kubernetes/kinds.ts';
import { deploymentRow } from '#systems/kubernetes/projections/deployment.ts';
import { hpaRow } from '#systems/kubernetes/projections/horizontal-pod-autoscaler.ts';
import { namespaceRow } from '#systems/kubernetes/projections/namespace.ts';
import { nodeRow } from '#systems/kubernetes/projections/node.ts';
import { podRow } from '#systems/kubernetes/projections/pod.ts';
import { statefulSetRow } from '#systems/kubernetes/projections/statefulset.ts';
import type { Kind } from '#systems/kubernetes/rows.ts';

const metadata = {
  uid: 'u-1',
  namespace: 'shop',
  name: 'odoo-web',
  resourceVersion: '42',
  generation: 7,
  creationTimestamp: '2026-03-04T05:06:07Z',
  labels: { 'app.kubernetes.io/name': 'odoo' },
  annotations: { 'deployment.kubernetes.io/revision': '12' },
};
const meta = {
  uid: 'u-1',
  namespace: 'shop',
  name: 'odoo-web',
  resourceVersion: '42',
  labels: { 'app.kubernetes.io/name': 'odoo' },
  createdAt: Date.parse('2026-03-04T05:06:07Z'),
};
const progressing = {
  type: 'Progressing',
  status: 'False',
  reason: 'ProgressDeadlineExceeded',
  message: 'it is stuck',
  lastTransitionTime: '2026-03-04T06:00:00Z',
};
const progressingRow = {
  type: 'Progressing',
  status: 'False',
  reason: 'ProgressDeadlineExceeded',
  message: 'it is stuck',
  changedAt: Date.parse('2026-03-04T06:00:00Z'),
};

describe('a row holds what its object says:', () => {
  it('Deployment', () => {
    const row = deploymentRow({
      metadata,
      spec: {
        replicas: 4,
        paused: true,
        selector: { matchLabels: { app: 'odoo' } },
        template: { spec: { containers: [{ name: 'odoo', image: 'registry/odoo:17' }] } },
      },
      status: {
        observedGeneration: 6,
        readyReplicas: 3,
        updatedReplicas: 2,
        availableReplicas: 1,
        conditions: [progressing],
      },
    });
    expect(row).toEqual({
      ...meta,
      kind: 'Deployment',
      generation: 7,
      observedGeneration: 6,
      replicas: 4,
      ready: 3,
      updated: 2,
      available: 1,
      paused: true,
      containers: [{ name: 'odoo', image: 'registry/odoo:17' }],
      conditions: [progressingRow],
      selector: { app: 'odoo' },
      revision: '12',
    });
  });

  it('StatefulSet, with the default of one replica', () => {
    const row = statefulSetRow({ metadata: { ...metadata, annotations: null }, spec: {}, status: {} });
    expect(row).toMatchObject({ kind: 'StatefulSet', replicas: 1, ready: 0, paused: false, revision: null });
  });

  it('HorizontalPodAutoscaler', () => {
    const row = hpaRow({
      metadata,
      spec: { scaleTargetRef: { kind: 'Deployment', name: 'odoo-web' }, maxReplicas: 8 },
      status: { currentReplicas: 8, desiredReplicas: 8, conditions: [progressing] },
    });
    const target = { kind: 'Deployment', name: 'odoo-web' };
    expect(row).toEqual({ ...meta, target, min: 1, max: 8, current: 8, desired: 8, conditions: [progressingRow] });
  });

  it('Node, with the pressures that hold', () => {
    const conditions = [
      { type: 'Ready', status: 'True' },
      { type: 'MemoryPressure', status: 'True' },
      { type: 'DiskPressure', status: 'False' },
    ];
    const row = nodeRow({ metadata, spec: { unschedulable: true }, status: { conditions } });
    expect(row).toMatchObject({ ...meta, ready: true, unschedulable: true, pressures: ['MemoryPressure'] });
  });

  it('Namespace', () => {
    expect(namespaceRow({ metadata, status: { phase: 'Terminating' } })).toEqual({ ...meta, phase: 'Terminating' });
  });

  it('Pod, with its owner, its node and its times', () => {
    const ownerReferences = [
      { kind: 'Other', name: 'o', uid: 'o' },
      { kind: 'ReplicaSet', name: 'odoo-web-1', uid: 'rs', controller: true },
    ];
    const row = podRow({
      metadata: { ...metadata, ownerReferences, deletionTimestamp: '2026-03-05T00:00:00Z' },
      spec: { nodeName: 'n1', containers: [{}] },
      status: { phase: 'Running', startTime: '2026-03-04T05:06:08Z', conditions: [{ type: 'Ready', status: 'True' }] },
    });
    expect(row).toMatchObject({
      ...meta,
      phase: 'Running',
      ready: true,
      node: 'n1',
      startedAt: Date.parse('2026-03-04T05:06:08Z'),
      deletedAt: Date.parse('2026-03-05T00:00:00Z'),
      owner: { kind: 'ReplicaSet', name: 'odoo-web-1', uid: 'rs' },
    });
  });

  it('Pod, with the newest end of any container, but not the good end of an init container', () => {
    const end = (reason: string, finishedAt: string, exitCode = 1) => ({
      terminated: { reason, exitCode, finishedAt },
    });
    const row = podRow({
      metadata,
      spec: {},
      status: {
        initContainerStatuses: [{ name: 'i', state: end('Completed', '2026-01-09T00:00:00Z', 0) }],
        containerStatuses: [
          { name: 'a', state: { running: {} }, lastState: end('Error', '2026-01-02T00:00:00Z') },
          { name: 'b', lastState: end('OOMKilled', '2026-01-03T00:00:00Z', 137), state: { waiting: {} } },
        ],
      },
    });
    const finishedAt = Date.parse('2026-01-03T00:00:00Z');
    expect(row.lastTermination).toEqual({ container: 'b', reason: 'OOMKilled', exitCode: 137, finishedAt });
  });
});

describe('a hostile object', () => {
  const names = Object.keys(kinds) as Kind[];
  const keys = fc.constantFrom(
    ...[
      'metadata',
      'spec',
      'status',
      'conditions',
      'containers',
      'containerStatuses',
      'initContainerStatuses',
      'state',
    ],
    ...['terminated', 'waiting', 'reason', 'labels', 'name', 'uid', 'type', 'ownerReferences', 'template', 'replicas'],
    ...['__proto__', 'constructor', 'finishedAt', 'lastState', 'selector', 'matchLabels', 'image', 'scaleTargetRef'],
  );
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 6, withCrossShrink: true },
      fc.oneof(fc.constant(null), fc.string(), fc.double(), fc.boolean(), fc.constant('2026-99-99')),
      fc.dictionary(keys, tie('tree')),
      fc.array(tie('tree'), { maxLength: 4 }),
    ),
  }));

  it.each(names)('of kind %s makes an odd row, never an exception', (kind) => {
    fc.assert(
      fc.property(tree, (value) => {
        const row = kinds[kind].row(object(value));
        expect(typeof row.uid).toBe('string');
        expect(typeof row.name).toBe('string');
        expect(Number.isFinite(row.createdAt)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('with a huge text keeps only its beginning', () => {
    const huge = 'x'.repeat(5_000_000);
    const row = podRow({ metadata: { name: huge, labels: { app: huge } }, status: { reason: huge } });
    expect([row.name.length, row.labels['app']?.length, row.status.length]).toEqual([256, 256, 256]);
  });

  it('with thousands of labels keeps the first hundred', () => {
    const labels = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`l${index}`, 'x']));
    expect(Object.keys(podRow({ metadata: { labels } }).labels)).toHaveLength(100);
  });

  it('cannot reach the prototype of what we keep', () => {
    const row = podRow(object(JSON.parse('{"metadata":{"labels":{"__proto__":"x","a":"b"}}}')));
    expect(row.labels).toEqual({ a: 'b' });
    expect(Object.getPrototypeOf(row.labels)).toBe(Object.prototype);
  });
});
