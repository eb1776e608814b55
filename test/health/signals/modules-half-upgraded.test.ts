import { describe, expect, it } from 'vitest';
import { type Modules, modules } from '#health/queries/modules.ts';
import { signal } from '#health/signals/modules-half-upgraded.ts';
import { reading, says } from './makers.ts';

const state = (fields: Partial<Modules> = {}): Modules => ({
  odoo: true,
  base: '17.0.1.3',
  changing: 0,
  first: null,
  changingSeconds: null,
  ...fields,
});
const left = (changingSeconds: number | null) =>
  state({ changing: 3, first: { name: 'sale', state: 'to upgrade' }, changingSeconds });

describe('modules-half-upgraded', () => {
  it('is well when every module rests', () => {
    expect(says(signal, state())).toBe('ok: base 17.0.1.3, no module half-upgraded');
  });

  it('warns while an upgrade may still be running, and is critical when it must have died', () => {
    expect(says(signal, left(120))).toBe('warn: module sale "to upgrade" for 2m00s and 2 more: no cron runs');
    expect(says(signal, left(901))).toBe('critical: module sale "to upgrade" for 15m and 2 more: no cron runs');
    expect(says(signal, left(null))).toBe('warn: module sale "to upgrade" and 2 more: no cron runs');
  });

  it('is critical for a database whose base was never installed', () => {
    expect(says(signal, state({ base: null }))).toBe('critical: half-installed: module base is not installed');
  });

  it('says plainly that a database is not Odoo’s at all', () => {
    expect(reading(signal, modules.parse([{ odoo: false }]))).toMatchObject({
      grade: 'unknown',
      reason: 'unsupported',
      message: "database harbour_shoes is not Odoo's: it has no table ir_module_module",
    });
  });
});
