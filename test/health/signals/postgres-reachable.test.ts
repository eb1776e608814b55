import { describe, expect, it } from 'vitest';
import { signal } from '#health/signals/postgres-reachable.ts';
import { minutesAgo, reading, says } from './makers.ts';

const answer = (upSeconds: number, standby = false) => ({ version: 170_010, standby, upSeconds });

describe('postgres-reachable', () => {
  it('says who answers and since when, and blames nobody', () => {
    expect(reading(signal, answer(1_051_200))).toEqual({
      value: 1_051_200,
      grade: 'ok',
      message: 'PostgreSQL 17.10 answers, up 12d4h',
    });
  });

  it('is critical when it takes no writes', () => {
    expect(reading(signal, answer(90, true))).toMatchObject({
      grade: 'critical',
      message: 'PostgreSQL 17.10 is in recovery, up 1m30s: it takes no writes',
      cause: 'postgres/pg-1',
    });
  });

  it('warns of a restart that it saw, and of no other', () => {
    expect(says(signal, answer(40))).toBe('ok: PostgreSQL 17.10 answers, up 40s');
    expect(says(signal, answer(40), { previous: { value: answer(9000), at: minutesAgo(4) } })).toBe(
      'warn: PostgreSQL 17.10 restarted 40s ago',
    );
    expect(says(signal, answer(40), { previous: { value: answer(30), at: minutesAgo(4) } })).toMatch(/^ok/);
  });
});
