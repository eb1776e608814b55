import { describe, expect, it } from 'vitest';
import { type Cron, crons } from '#health/queries/crons.ts';
import { signal as failing } from '#health/signals/crons-failing.ts';
import { signal as overdue } from '#health/signals/crons-overdue.ts';
import { says } from './makers.ts';

const cron = (name: string, fields: Partial<Cron> = {}): Cron => ({
  id: 1,
  name,
  nextCall: null,
  lastCall: null,
  lateSeconds: 0,
  failures: null,
  failingSeconds: null,
  switchedOff: false,
  ...fields,
});

describe('crons-overdue', () => {
  it('is well while none is late by more than a poll and a run', () => {
    expect(says(overdue, [])).toBe('ok: no cron is active');
    expect(says(overdue, [cron('a', { lateSeconds: 599 }), cron('b')])).toBe('ok: 2 crons, none overdue');
  });

  it('names the latest', () => {
    const late = [cron('Mail', { lateSeconds: 700 }), cron('Process queue', { lateSeconds: 2460 }), cron('b')];
    expect(says(overdue, late)).toBe('critical: cron "Process queue" overdue 41m and 1 more');
    expect(says(overdue, late.slice(0, 1))).toBe('warn: cron "Mail" overdue 11m');
  });

  it('counts by the bound that the tenant’s estate gives', () => {
    const threshold = { direction: 'above', warn: 7200, critical: null } as const;
    expect(says(overdue, [cron('a', { lateSeconds: 2460 })], { threshold })).toBe('ok: 1 cron, none overdue');
  });

  it('leaves out what Odoo has switched off', () => {
    expect(says(overdue, [cron('a', { lateSeconds: 99_999, switchedOff: true })])).toBe('ok: no cron is active');
  });

  it('prints a hostile name on one line', () => {
    expect(says(overdue, [cron('\u001b[2J\u202eevil\nname'.padEnd(90, 'x'), { lateSeconds: 700 })])).toMatch(
      /^warn: cron "evil namex+…" overdue 11m$/,
    );
  });
});

describe('crons-failing', () => {
  it('does not apply where Odoo does not count', () => {
    expect(says(failing, [cron('a')])).toBeNull();
    expect(says(failing, [])).toBeNull();
  });

  it('names the one that fails most in a row', () => {
    expect(says(failing, [cron('a', { failures: 0 })])).toBe('ok: no cron fails');
    expect(says(failing, [cron('a', { failures: 1 }), cron('b', { failures: 4, failingSeconds: 7200 })])).toBe(
      'critical: cron "b" failed 4 times in a row over 2h00m and 1 more',
    );
    expect(says(failing, [cron('a', { failures: 1 })])).toBe('warn: cron "a" failed 1 time in a row');
  });

  it('does not fall silent when Odoo gives up and sets the count to 0', () => {
    expect(says(failing, [cron('a', { failures: 0, switchedOff: true })])).toBe(
      'critical: cron "a" was switched off by Odoo after failing for a week',
    );
  });
});

describe('the crons of a database', () => {
  const row = (id: number, fields = {}) => ({ id, name: `c${id}`, late_s: 0, failures: 0, ...fields });

  it('are those of a copy that was neutralized, when many are off at once', () => {
    const off = Array.from({ length: 6 }, (_, id) => row(id, { switched_off: true }));
    expect(crons.parse([row(7), ...off]).map(({ id }) => id)).toEqual([7]);
    expect(crons.parse([row(7), ...off.slice(1)]).length).toBe(6);
  });

  it('are readable with nothing in their columns, and with dates from outside the calendar', () => {
    expect(crons.parse([{ id: 3, name: null, next_at: 1e300, last_at: null, late_s: -5 }])).toEqual([
      cron('cron 3', { id: 3 }),
    ]);
    expect(crons.parse([row(1, { next_at: 1_795_772_460 })])[0]?.nextCall).toBe('2026-11-27T09:41:00Z');
  });
});
