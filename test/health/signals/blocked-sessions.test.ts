import { describe, expect, it } from 'vitest';
import { signal } from '#health/signals/blocked-sessions.ts';
import { says, tenant } from './makers.ts';
import { session, waiter } from './rows.ts';

describe('blocked-sessions', () => {
  it('is well while nobody waits', () => {
    expect(says(signal, [])).toBe('ok: no session waits for a lock');
    expect(says(signal, [session(1)])).toBe('ok: no session waits for a lock');
    expect(says(signal, [], { tenant: tenant({ database: null }) })).toBeNull();
  });

  it('names the session at the head with what it does, and how long the longest has waited', () => {
    const head = session(8812, { query: 'UPDATE stock_quant SET quantity = 4 WHERE id = 7' });
    const waiting = Array.from({ length: 14 }, (_, n) => waiter(100 + n, [8812], 192 - n));
    expect(says(signal, [head, ...waiting])).toBe(
      'critical: 14 sessions blocked 3m12s by 8812 UPDATE stock_quant SET quantity = 4 WHERE id = 7',
    );
  });

  it('warns from 5 seconds, is critical from 30', () => {
    const blocked = (seconds: number) => says(signal, [session(1), waiter(2, [1], seconds)])?.split(':')[0];
    expect([4.9, 5, 29, 30].map(blocked)).toEqual(['ok', 'warn', 'warn', 'critical']);
  });

  it('calls ten at once a storm as soon as it would warn', () => {
    const storm = (count: number, seconds: number) =>
      says(signal, [session(1), ...Array.from({ length: count }, (_, n) => waiter(10 + n, [1], seconds))])?.split(
        ':',
      )[0];
    expect([storm(9, 5), storm(10, 5), storm(10, 4)]).toEqual(['warn', 'critical', 'ok']);
  });

  it('counts each session once, under the root of its first blocker, through any number of others', () => {
    const sessions = [
      session(1, { state: 'idle in transaction', stateSeconds: 250, query: 'UPDATE a' }),
      waiter(2, [1], 40),
      waiter(3, [2, 1], 30),
      waiter(4, [3, 2], 20),
      session(9, { query: 'VACUUM FULL b' }),
      waiter(10, [9], 3),
    ];
    expect(says(signal, sessions)).toBe(
      'critical: 4 sessions blocked 40s by 1 idle in transaction 4m10s, after UPDATE a and 1 more',
    );
  });

  it('leaves out other databases and the helpers of a parallel query', () => {
    expect(says(signal, [waiter(2, [1], 99, { database: 'maple_toys' }), waiter(3, [1], 99, { leader: 2 })])).toBe(
      'ok: no session waits for a lock',
    );
  });

  it('names a prepared transaction, and a head that has gone in between', () => {
    expect(says(signal, [waiter(2, [0], 9)])).toBe('warn: 1 session blocked 9s by a prepared transaction');
    expect(says(signal, [waiter(2, [77], 9)])).toBe('warn: 1 session blocked 9s by 77, which has ended');
  });

  it('ends when sessions wait for each other in a circle', () => {
    expect(says(signal, [waiter(1, [2], 9), waiter(2, [3], 9), waiter(3, [1], 9)])).toMatch(
      /^warn: 3 sessions blocked 9s by/,
    );
  });

  it('keeps escape sequences and length of a query out of its sentence', () => {
    const query = `\u001b]0;owned\u0007SELECT '\u202egnp.exe' ${'x'.repeat(300)}`;
    const said = says(signal, [session(1, { query }), waiter(2, [1], 9)]);
    expect(said).toMatch(/^warn: 1 session blocked 9s by 1 SELECT 'gnp\.exe' x+…$/);
  });
});
