import { describe, expect, it, vi } from 'vitest';
import { createSchedule, type Probe } from '#health/schedule.ts';
import { systemClock } from '#text/clock.ts';

function aProbe(key: string, run: () => Promise<void>, fields: Partial<Probe> = {}): Probe {
  return { key, every: () => 3_600_000, urgent: () => false, run, ...fields };
}

describe('the schedule', () => {
  it('runs every probe of every lane once', async () => {
    const schedule = createSchedule(systemClock, () => 0.5);
    const ran: string[] = [];
    const probe = (key: string) => aProbe(key, async () => void ran.push(key));
    schedule.assign('pg-1', [probe('a'), probe('b')], { width: 1, gapMs: 0 });
    schedule.assign('pg-2', [probe('c')], { width: 1, gapMs: 0 });
    await schedule.once(new AbortController().signal);
    expect(ran.sort()).toEqual(['a', 'b', 'c']);
    expect(schedule.complete()).toBe(true);
  });

  it('lets a stalled server hold up its own probes only', async () => {
    const schedule = createSchedule(systemClock, () => 0.5);
    const ran: string[] = [];
    const never = new Promise<void>(() => undefined);
    schedule.assign('stalled', [aProbe('x', () => never), aProbe('y', async () => void ran.push('y'))], {
      width: 1,
      gapMs: 0,
    });
    schedule.assign('well', [aProbe('z', async () => void ran.push('z'))], { width: 1, gapMs: 0 });
    schedule.start();
    await vi.waitUntil(() => ran.includes('z'));
    schedule.stop();
    expect(ran).toEqual(['z']);
  });

  it('never runs more at once than the lane is wide', async () => {
    const schedule = createSchedule(systemClock, () => 0.5);
    let now = 0;
    let most = 0;
    const probe = (key: string) =>
      aProbe(key, async () => {
        now += 1;
        most = Math.max(most, now);
        await new Promise(setImmediate);
        now -= 1;
      });
    schedule.assign('pg-1', ['a', 'b', 'c', 'd', 'e'].map(probe), { width: 2, gapMs: 0 });
    await schedule.once(new AbortController().signal);
    expect(most).toBe(2);
  });

  it('takes what is urgent first', async () => {
    const schedule = createSchedule(systemClock, () => 0.5);
    const ran: string[] = [];
    const probe = (key: string, urgent: boolean) =>
      aProbe(key, async () => void ran.push(key), { urgent: () => urgent });
    schedule.assign('pg-1', [probe('calm', false), probe('burning', true)], { width: 1, gapMs: 0 });
    schedule.start();
    await vi.waitUntil(() => ran.length === 2);
    schedule.stop();
    expect(ran).toEqual(['burning', 'calm']);
  });

  it('stops waiting when its patience ends', async () => {
    const schedule = createSchedule(systemClock, () => 0.5);
    const patience = new AbortController();
    schedule.assign('stalled', [aProbe('x', () => new Promise<void>(() => undefined))], { width: 1, gapMs: 0 });
    const done = schedule.once(patience.signal);
    patience.abort();
    await expect(done).resolves.toBeUndefined();
  });
});
