import { describe, expect, it } from 'vitest';
import { gradeOf } from '#health/grade.ts';
import { layerStatus, sharedCauses, verdict } from '#health/roll-up.ts';
import { aSignalStatus } from './makers.ts';

describe('a grade', () => {
  const above = { direction: 'above', warn: 80, critical: 95 } as const;

  it('follows the threshold, whose bound counts as passed when it is reached', () => {
    const graded = [79.9, 80, 94.9, 95].map((value) => gradeOf({ value, message: '' }, above));
    expect(graded).toEqual(['ok', 'warn', 'warn', 'critical']);
  });

  it('is bad at or under the bound when low is bad', () => {
    const below = { direction: 'below', warn: 0.7, critical: 0.3 } as const;
    expect([1, 0.7, 0.3].map((value) => gradeOf({ value, message: '' }, below))).toEqual(['ok', 'warn', 'critical']);
  });

  it('is unknown, never ok, without a number', () => {
    expect(gradeOf({ value: null, message: '' }, above)).toBe('unknown');
    expect(gradeOf({ value: Number.NaN, message: '' }, above)).toBe('unknown');
  });
});

describe('a layer', () => {
  it('is null when no signal applies, never green', () => {
    expect(layerStatus('business', [aSignalStatus({ layer: 'platform' })])).toBeNull();
  });

  it('names the signal that decides', () => {
    const status = layerStatus('platform', [
      aSignalStatus({ name: 'connections', grade: 'warn', message: '85 of 100' }),
      aSignalStatus({ name: 'blocked-sessions', grade: 'critical', message: '14 sessions blocked' }),
    ]);
    expect(status).toMatchObject({ grade: 'critical', signal: 'blocked-sessions', message: '14 sessions blocked' });
  });

  it('is unknown when a signal that matters cannot be read, whatever the others say', () => {
    const status = layerStatus('platform', [
      aSignalStatus(),
      aSignalStatus({
        name: 'workloads-ready',
        grade: 'unknown',
        reason: 'unreachable',
        message: 'eu-prod unreachable',
      }),
    ]);
    expect(status).toMatchObject({ grade: 'unknown', signal: 'workloads-ready', reason: 'unreachable' });
  });

  it('stays ok beside a signal that has nothing to judge now', () => {
    const status = layerStatus('platform', [
      aSignalStatus(),
      aSignalStatus({ grade: 'unknown', reason: 'no-baseline' }),
    ]);
    expect(status?.grade).toBe('ok');
  });

  it('is unknown beside a signal whose server could not be asked, whatever the reason', () => {
    const silent = aSignalStatus({ grade: 'unknown', reason: 'not-probed', cause: 'redis/redis-1' });
    expect(layerStatus('platform', [aSignalStatus(), silent])).toMatchObject({
      grade: 'unknown',
      reason: 'not-probed',
    });
  });

  it('is unknown, never green, when all it has is nothing to judge', () => {
    const status = layerStatus('platform', [aSignalStatus({ grade: 'unknown', reason: 'no-baseline' })]);
    expect(status).toMatchObject({ grade: 'unknown', reason: 'no-baseline' });
  });

  it('is as old as its oldest signal', () => {
    const status = layerStatus('platform', [
      aSignalStatus({ observedAt: '2026-11-27T08:41:00Z' }),
      aSignalStatus({ observedAt: '2026-11-27T08:39:00Z' }),
    ]);
    expect(status?.observedAt).toBe('2026-11-27T08:39:00Z');
  });
});

describe('a tenant', () => {
  const layer = (grade: 'ok' | 'warn' | 'critical' | 'unknown', message: string) => ({
    grade,
    signal: 's',
    message,
    reason: null,
    observedAt: null,
  });

  it('is as bad as its worst layer, causes before effects among equals', () => {
    const found = verdict({
      platform: layer('critical', 'blocked'),
      application: layer('ok', ''),
      business: layer('critical', 'no orders'),
    });
    expect(found).toEqual({ grade: 'critical', decidedBy: 'platform', message: 'blocked; no orders' });
  });

  it('names a milder cause before the effect that decides', () => {
    const found = verdict({
      platform: layer('warn', '14 sessions blocked'),
      application: layer('ok', 'all well'),
      business: layer('critical', 'no orders'),
    });
    expect(found).toEqual({ grade: 'critical', decidedBy: 'business', message: '14 sessions blocked; no orders' });
  });

  it('is unknown when nothing is known of it at all', () => {
    expect(verdict({ platform: null, application: null, business: null }).grade).toBe('unknown');
  });

  it('ranks a warning above not knowing', () => {
    const found = verdict({ platform: layer('unknown', '?'), application: null, business: layer('warn', 'slow') });
    expect(found.grade).toBe('warn');
  });
});

describe('a shared cause', () => {
  const hurt = aSignalStatus({ grade: 'unknown', reason: 'unreachable', cause: 'postgres/pg-1', message: 'refused' });

  it('is said once for all tenants that it hurts', () => {
    const causes = sharedCauses([
      { tenant: 'a', signals: [hurt, { ...hurt, name: 'archiver' }] },
      { tenant: 'b', signals: [hurt] },
      { tenant: 'c', signals: [aSignalStatus()] },
    ]);
    expect(causes).toEqual([
      { cause: 'postgres/pg-1', signal: 'connections', grade: 'unknown', message: 'refused', tenants: ['a', 'b'] },
    ]);
  });

  it('is none when one tenant alone is hurt', () => {
    expect(sharedCauses([{ tenant: 'a', signals: [hurt] }])).toEqual([]);
  });
});
