import { describe, expect, it } from 'vitest';
import { signal } from '#health/signals/hpa-at-maximum.ts';
import { minutesAgo, says } from './makers.ts';
import { condition, hpa, view } from './rows.ts';

const of = (...hpas: ReturnType<typeof hpa>[]) => says(signal, view({ hpas }));

describe('hpa-at-maximum', () => {
  it('does not apply without an autoscaler', () => {
    expect(of()).toBeNull();
  });

  it('is well below the maximum, and tells of the fullest', () => {
    expect(of(hpa('odoo-queue', 1, 4), hpa('odoo-web', 11, 12))).toBe('ok: HPA odoo-web at 11 of 12');
  });

  it('warns at the maximum, and says since when it wants more', () => {
    expect(of(hpa('odoo-web', 12, 12))).toBe('warn: HPA odoo-web at its maximum, 12 of 12');
    const limited = condition('ScalingLimited', 'True', { reason: 'TooManyReplicas', changedAt: minutesAgo(25) });
    expect(of(hpa('odoo-web', 12, 12, { conditions: [limited] }))).toBe(
      'warn: HPA odoo-web at its maximum, 12 of 12 for 25m',
    );
  });

  it('warns as soon as it wants to be there', () => {
    expect(of(hpa('odoo-web', 9, 12, { desired: 12 }))).toBe('warn: HPA odoo-web at its maximum, 9 of 12');
  });

  it('takes bounds without room for a decision', () => {
    expect(of(hpa('odoo-web', 2, 2))).toBe('ok: HPA odoo-web at its maximum, 2 of 2, which is also its minimum');
  });

  it('warns when it cannot read what it scales by, but not when its target is scaled to zero', () => {
    const blind = condition('ScalingActive', 'False', { reason: 'FailedGetResourceMetric', changedAt: minutesAgo(5) });
    expect(of(hpa('odoo-web', 3, 12, { conditions: [blind] }))).toBe(
      'warn: HPA odoo-web does not scale for 5m00s: FailedGetResourceMetric',
    );
    const asleep = condition('ScalingActive', 'False', { reason: 'ScalingDisabled' });
    expect(of(hpa('odoo-web', 0, 12, { conditions: [asleep] }))).toBe('ok: HPA odoo-web at 0 of 12');
  });
});
