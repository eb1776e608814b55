import { describe, expect, it } from 'vitest';
import { signal } from '#health/signals/longest-transaction.ts';
import { says } from './makers.ts';
import { session } from './rows.ts';

const idle = (seconds: number, fields = {}) =>
  session(7, {
    state: 'idle in transaction',
    stateSeconds: seconds,
    transactionSeconds: seconds,
    query: 'UPDATE x',
    ...fields,
  });
const working = (seconds: number, fields = {}) =>
  session(8, { transactionSeconds: seconds, query: 'SELECT sum(y)', ...fields });

describe('longest-transaction', () => {
  it('is well without one', () => {
    expect(says(signal, [])).toBe('ok: no long transaction');
  });

  it('gives one that works ten times the patience of one that idles', () => {
    const grades = (make: (seconds: number) => ReturnType<typeof session>, ...seconds: number[]) =>
      seconds.map((second) => says(signal, [make(second)])?.split(':')[0]);
    expect(grades(idle, 59, 60, 300)).toEqual(['ok', 'warn', 'critical']);
    expect(grades(working, 300, 600, 3000)).toEqual(['ok', 'warn', 'critical']);
  });

  it('names the one that decides: the worse grade, not the longer time', () => {
    expect(says(signal, [working(500), idle(90)])).toBe('warn: 7 idle in transaction 1m30s, after UPDATE x');
    expect(says(signal, [working(4000), idle(90)])).toBe(
      'critical: 8 in one transaction 1h06m by odoo-8: SELECT sum(y)',
    );
  });

  it('leaves out vacuum, replication, parallel helpers, other databases and till itself', () => {
    const others = [
      working(9999, { backend: 'autovacuum worker' }),
      working(9999, { backend: 'walsender' }),
      working(9999, { leader: 3 }),
      working(9999, { database: 'maple_toys' }),
      working(9999, { application: 'till' }),
    ];
    expect(says(signal, others)).toBe('ok: no long transaction');
  });

  it('takes a session without times for a new one', () => {
    expect(says(signal, [working(0, { transactionSeconds: null, query: '', application: null })])).toBe(
      'ok: 8 in one transaction 0s',
    );
  });
});
