import { describe, expect, it } from 'vitest';
import type { Archiver } from '#health/queries/archiver.ts';
import { signal } from '#health/signals/archiver-failing.ts';
import { reading, says } from './makers.ts';

const archive = (fields: Partial<Archiver> = {}): Archiver => ({
  archives: true,
  failing: false,
  sinceSuccess: 40,
  waiting: 0,
  oldestSeconds: null,
  lastFailed: null,
  ...fields,
});

describe('archiver-failing', () => {
  it('does not apply where nothing is archived', () => {
    expect(says(signal, archive({ archives: false, failing: true }))).toBeNull();
  });

  it('is well when nothing waits, whatever failed last year', () => {
    expect(says(signal, archive({ lastFailed: '00000001000000000000000A' }))).toBe(
      'ok: no segment waits, last worked 40s ago',
    );
  });

  it('grades how long the oldest segment has waited', () => {
    const waiting = (oldestSeconds: number) => says(signal, archive({ waiting: 3, oldestSeconds }));
    expect(waiting(119)).toBe('ok: 3 segments wait 1m59s, last worked 40s ago');
    expect(waiting(120)).toMatch(/^warn/);
    expect(waiting(600)).toMatch(/^critical/);
    expect(waiting(-5)).toBe('ok: 3 segments wait 0s, last worked 40s ago');
  });

  it('warns at once when it fails, and blames the server', () => {
    const failing = archive({ failing: true, waiting: 34, oldestSeconds: 20, lastFailed: '0000A', sinceSuccess: null });
    expect(reading(signal, failing)).toMatchObject({
      grade: 'warn',
      message: 'WAL archiving fails at 0000A: 34 segments wait 20s, none has ever worked',
      cause: 'postgres/pg-1',
    });
  });
});
