import { describe, expect, it } from 'vitest';
import { signal } from '#health/signals/workloads-ready.ts';
import { minutesAgo, says, tenant } from './makers.ts';
import { condition, view, workload } from './rows.ts';

const of = (...workloads: ReturnType<typeof workload>[]) => says(signal, view({ workloads }));

describe('workloads-ready', () => {
  it('is well when every wanted pod is ready, and while a surge has more', () => {
    expect(of(workload('odoo-web', 3, 3), workload('odoo-cron', 1, 1))).toBe('ok: 4 of 4 pods ready');
    expect(of(workload('odoo-web', 4, 3))).toBe('ok: 3 of 3 pods ready');
  });

  it('warns of one missing pod and names the worst workload, since when, and how many others', () => {
    const conditions = [condition('Available', 'False', { changedAt: minutesAgo(4) })];
    expect(
      of(workload('odoo-cron', 1, 1), workload('odoo-web', 2, 3, { conditions }), workload('odoo-queue', 7, 8)),
    ).toBe('warn: odoo-web 2 of 3 ready for 4m00s and 1 more');
  });

  it('is critical when a third or less is left', () => {
    expect(of(workload('odoo-web', 1, 3))).toBe('critical: odoo-web 1 of 3 ready');
    expect(of(workload('odoo-web', 0, 1))).toBe('critical: odoo-web 0 of 1 ready');
  });

  it('never says that 199 of 200 are all of them', () => {
    expect(of(workload('odoo-web', 199, 200))).toBe('warn: odoo-web 199 of 200 ready');
  });

  it('knows a tenant that sleeps from one that is gone', () => {
    expect(of(workload('odoo-web', 0, 0))).toBe('ok: asleep: every workload is scaled to 0');
    expect(of()).toBe('critical: no workload matches app.kubernetes.io/instance=harbour-shoes');
    expect(says(signal, view({}), { tenant: tenant({ selector: null }) })).toBeNull();
  });

  it('says nothing of a time that lies in the future because a clock jumped', () => {
    const conditions = [condition('Available', 'False', { changedAt: minutesAgo(-90) })];
    expect(of(workload('odoo-web', 0, 2, { conditions }))).toBe('critical: odoo-web 0 of 2 ready for 0s');
  });
});
