import { describe, expect, it } from 'vitest';
import { createObservations } from '#health/observations.ts';

const minute = 60_000;

describe('observations', () => {
  it('keep the last value beside a failure', () => {
    const observations = createObservations();
    observations.succeeded('k', 1, 1000);
    observations.failed('k', { reason: 'unreachable', message: 'refused', at: 2000, isShared: true });
    expect(observations.of('k')).toMatchObject({ latest: { value: 1, at: 1000 }, failure: { message: 'refused' } });
  });

  it('forget the failure once a read succeeds', () => {
    const observations = createObservations();
    observations.failed('k', { reason: 'unreachable', message: 'refused', at: 1, isShared: true });
    observations.succeeded('k', 1, 2);
    expect(observations.of('k')?.failure).toBeNull();
  });

  it('make differences against the oldest sample of five minutes, so that a burst is seen for as long', () => {
    const observations = createObservations();
    for (let at = 0; at <= 20; at += 1) {
      observations.succeeded('k', at, at * minute);
    }
    expect(observations.of('k')?.previous).toEqual({ value: 15, at: 15 * minute });
  });

  it('make differences against the one before when reads are rarer than the window', () => {
    const observations = createObservations();
    observations.succeeded('k', 1, 0);
    observations.succeeded('k', 2, 20 * minute);
    expect(observations.of('k')?.previous).toEqual({ value: 1, at: 0 });
  });

  it('use a sample of an earlier process until they have their own', () => {
    const observations = createObservations();
    observations.remember('k', { value: 5, at: 0 });
    observations.succeeded('k', 9, 10 * minute);
    expect(observations.of('k')?.previous).toEqual({ value: 5, at: 0 });
  });

  it('are kept so that two commands within a second still see what goes on', () => {
    const commandAt = (at: number, kept: ReturnType<ReturnType<typeof createObservations>['samples']>) => {
      const observations = createObservations();
      for (const sample of kept.get('k') ?? []) {
        observations.remember('k', sample);
      }
      observations.succeeded('k', at, at);
      return { previous: observations.of('k')?.previous?.at ?? null, kept: observations.samples() };
    };
    const windows: (number | null)[] = [];
    let kept: ReturnType<ReturnType<typeof createObservations>['samples']> = new Map();
    for (let at = 0; at <= 60_000; at += 500) {
      const command = commandAt(at, kept);
      kept = command.kept;
      windows.push(command.previous === null ? null : at - command.previous);
    }
    expect(windows[0]).toBeNull();
    expect(windows.slice(1, 20)).toEqual(Array.from({ length: 19 }, (_, index) => (index + 1) * 500));
    expect(Math.min(...windows.slice(20).map(Number))).toBeGreaterThanOrEqual(10_000);
    expect(Math.max(...windows.slice(20).map(Number))).toBeLessThanOrEqual(21_000);
  });

  it('drop samples that a clock set back has put in the future', () => {
    const observations = createObservations();
    observations.succeeded('k', 1, 100 * minute);
    observations.succeeded('k', 2, 10 * minute);
    expect(observations.of('k')?.previous).toBeNull();
  });
});
