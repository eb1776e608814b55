import { describe, expect, it } from 'vitest';
import { signal } from '#health/signals/rollout-stuck.ts';
import { minutesAgo, says } from './makers.ts';
import { condition, view, workload } from './rows.ts';

const of = (...workloads: ReturnType<typeof workload>[]) => says(signal, view({ workloads }));
const pastDeadline = condition('Progressing', 'False', {
  reason: 'ProgressDeadlineExceeded',
  changedAt: minutesAgo(12),
});

describe('rollout-stuck', () => {
  it('is well when complete, and while it goes on', () => {
    expect(of(workload('odoo-web', 3, 3))).toBe('ok: every rollout is complete');
    expect(of(workload('odoo-web', 3, 3, { updated: 1 }))).toBe('ok: odoo-web rolling out, 1 of 3 pods new');
    expect(of()).toBeNull();
  });

  it('is critical past its deadline', () => {
    expect(
      of(workload('odoo-cron', 1, 1), workload('odoo-web', 3, 3, { updated: 1, conditions: [pastDeadline] })),
    ).toBe('critical: odoo-web stuck for 12m, 1 of 3 pods new: ProgressDeadlineExceeded');
  });

  it('gives the words of a quota or webhook that lets no pod be made', () => {
    const refused = condition('ReplicaFailure', 'True', { reason: 'FailedCreate', message: 'exceeded quota: pods=10' });
    expect(of(workload('odoo-web', 2, 3, { updated: 0, conditions: [refused] }))).toBe(
      'critical: odoo-web stuck, 0 of 3 pods new: exceeded quota: pods=10',
    );
  });

  it('leaves a paused rollout to who paused it', () => {
    expect(of(workload('odoo-web', 3, 3, { paused: true, conditions: [pastDeadline] }))).toBe(
      'ok: odoo-web rollout is paused',
    );
  });

  it('warns when the controller has not seen the newest generation', () => {
    expect(of(workload('odoo-web', 3, 3, { generation: 42 }))).toBe(
      'warn: odoo-web generation 42 not seen by its controller yet',
    );
  });
});
