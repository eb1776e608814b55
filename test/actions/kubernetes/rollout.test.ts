import { describe, expect, it } from 'vitest';
import { rolloutOf } from '#actions/kubernetes/rollout.ts';
import { templateDifferences } from '#actions/kubernetes/template-diff.ts';

const held = (status: object, replicas = 3) => ({
  metadata: { generation: 4 },
  spec: { replicas },
  status: { observedGeneration: 4, replicas: 3, updatedReplicas: 3, availableReplicas: 3, ...status },
});
const told = (status: object, replicas = 3): readonly string[] => {
  const rollout = rolloutOf(held(status, replicas));
  return [rollout.status, rollout.words];
};

describe('a rollout', () => {
  it('is judged in kubectl’s order', () => {
    expect(told({ observedGeneration: 3 })).toEqual(['going', 'waiting for the controller to see it']);
    const conditions = [{ type: 'Progressing', reason: 'ProgressDeadlineExceeded', message: 'timed out' }];
    expect(told({ conditions, updatedReplicas: 1 })[0]).toBe('failed');
    expect(told({ updatedReplicas: 1 })).toEqual(['going', '1 of 3 pods are new']);
    expect(told({ replicas: 4 })).toEqual(['going', '1 old pods are ending']);
    expect(told({ availableReplicas: 2 })).toEqual(['going', '2 of 3 pods are available']);
    expect(told({})).toEqual(['done', '3 of 3 pods are available']);
  });

  it('down is done when no pod too many is left, none at all included', () => {
    expect(told({}, 1)[0]).toBe('going');
    expect(told({ replicas: 0, updatedReplicas: 0, availableReplicas: 0 }, 0)[0]).toBe('done');
  });
});

describe('the difference of two pod templates', () => {
  const template = (env: readonly object[], image = 'odoo:17.0', more: object = {}) => ({
    metadata: { labels: { app: 'odoo' } },
    spec: { containers: [{ name: 'odoo', image, env, ...more }] },
  });

  it('names containers and variables, not places in lists', () => {
    const before = template([
      { name: 'A', value: '1' },
      { name: 'B', value: '2' },
    ]);
    const after = template([{ name: 'B', value: '3' }], 'odoo:17.1');
    expect(templateDifferences(before, after).map(({ field, before: old, after: now }) => [field, old, now])).toEqual([
      ['spec.template.spec.containers[odoo].image', 'odoo:17.0', 'odoo:17.1'],
      ['spec.template.spec.containers[odoo].env[A].name', 'A', null],
      ['spec.template.spec.containers[odoo].env[A].value', '1', null],
      ['spec.template.spec.containers[odoo].env[B].value', '2', '3'],
    ]);
  });

  it('never tells the value of a secret', () => {
    const secret = (value: string) => template([{ name: 'PGPASSWORD', value }]);
    const [difference] = templateDifferences(secret('one-secret'), secret('another-secret'));
    expect(difference).toMatchObject({ before: '‹redacted›', after: '‹redacted›' });
  });

  it('keeps to whole numbers, which is all that a record holds', () => {
    const half = templateDifferences(template([], 'a', { weight: 0.5 }), template([], 'a', { weight: 1 }));
    expect(half).toMatchObject([{ before: '0.5', after: 1 }]);
  });
});
