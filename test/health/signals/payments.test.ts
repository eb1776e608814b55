import { describe, expect, it } from 'vitest';
import { type Payments, payments } from '#health/queries/payments.ts';
import { signal as pending } from '#health/signals/payments-pending.ts';
import { signal as unprocessed } from '#health/signals/payments-unprocessed.ts';
import { says } from './makers.ts';

const state = (fields: Partial<Payments> = {}): Payments => ({ ...payments.parse([]), ...fields });

describe('payments-pending', () => {
  it('tells one customer’s bank from a provider that is away', () => {
    const waiting = (count: number) =>
      says(pending, state({ pending: count, pendingSeconds: 7500, pendingAt: 'adyen' }))?.split(':')[0];
    expect([0, 1, 2, 3, 14, 15].map(waiting)).toEqual(['ok', 'ok', 'ok', 'warn', 'warn', 'critical']);
    expect(says(pending, state({ pending: 4, pendingSeconds: 7500, pendingAt: 'adyen' }))).toBe(
      'warn: 4 payments pending over 30 min, oldest 2h05m, most at adyen',
    );
  });
});

describe('payments-unprocessed', () => {
  const taken = (count: number, seconds: number) =>
    says(unprocessed, state({ unprocessed: count, unprocessedSeconds: seconds }));

  it('warns of the first, which somebody paid for', () => {
    expect(says(unprocessed, state())).toBe('ok: every payment taken is processed');
    expect(taken(1, 1300)).toBe('warn: 1 payment taken, order not confirmed for 21m');
  });

  it('is critical for three, or when an hour has passed', () => {
    expect(taken(3, 1300)).toMatch(/^critical/);
    expect(taken(1, 3600)).toBe('critical: 1 payment taken, order not confirmed for 1h00m');
  });

  it('leaves the last word to an estate that has raised its bounds', () => {
    const threshold = { direction: 'above', warn: 5, critical: 9 } as const;
    expect(says(unprocessed, state({ unprocessed: 4, unprocessedSeconds: 9000 }), { threshold })).toMatch(/^ok/);
  });
});
