import { describe, expect, it } from 'vitest';
import { type QueueGroup, queue } from '#health/queries/queue.ts';
import { signal as failed } from '#health/signals/queue-jobs-failed.ts';
import { signal as stuck } from '#health/signals/queue-jobs-stuck.ts';
import { signal as waiting } from '#health/signals/queue-jobs-waiting.ts';
import { says } from './makers.ts';

const group = (state: string, count: number, fields: Partial<QueueGroup> = {}): QueueGroup => ({
  state,
  channel: 'root',
  count,
  oldestSeconds: 5,
  stuck: 0,
  stuckSeconds: null,
  stuckJob: null,
  failedLately: 0,
  failedWith: null,
  ...fields,
});

describe('queue-jobs-waiting', () => {
  it('grades the oldest wait, and adds up all channels', () => {
    const pending = (seconds: number) => [
      group('pending', 1200, { oldestSeconds: 20 }),
      group('pending', 4, { oldestSeconds: seconds, channel: 'root.sale' }),
    ];
    expect(says(waiting, [])).toBe('ok: no job waits');
    expect(says(waiting, pending(899))).toBe('ok: 1,204 jobs waiting, oldest 14m in root.sale');
    expect(says(waiting, pending(900))).toMatch(/^warn/);
    expect(says(waiting, pending(3600))).toMatch(/^critical/);
  });

  it('does not take a job that waits for another one', () => {
    expect(says(waiting, [group('wait_dependencies', 9, { oldestSeconds: 99_999 })])).toBe('ok: no job waits');
  });
});

describe('queue-jobs-stuck', () => {
  it('names the job that has been stuck the longest', () => {
    expect(says(stuck, [group('started', 4)])).toBe('ok: no job is stuck');
    const groups = [
      group('enqueued', 3, { stuck: 2, stuckSeconds: 400, stuckJob: 'a.b' }),
      group('started', 4, { stuck: 1, stuckSeconds: 10_800, stuckJob: 'stock.picking.push' }),
    ];
    expect(says(stuck, groups)).toBe('warn: 3 jobs stuck, one started 3h00m ago: stock.picking.push');
    expect(says(stuck, [group('started', 10, { stuck: 10, stuckSeconds: null })])).toBe(
      'critical: 10 jobs stuck, one started 0s ago',
    );
  });
});

describe('queue-jobs-failed', () => {
  it('is not alarmed by failures that everybody has got used to', () => {
    expect(says(failed, [group('failed', 4000)])).toBe('ok: no job failed in an hour, 4,000 older ones left');
    expect(says(failed, [])).toBe('ok: no job failed in an hour');
  });

  it('grades those of the last hour and names what they ended with', () => {
    const lately = (failedLately: number) => [
      group('failed', failedLately, { failedLately, failedWith: 'KeyError', channel: 'root.sale' }),
    ];
    expect(says(failed, lately(2))).toMatch(/^ok/);
    expect(says(failed, lately(3))).toBe('warn: 3 jobs failed in an hour in root.sale, most with KeyError');
    expect(says(failed, lately(50))).toMatch(/^critical/);
  });
});

describe('the queue of a database', () => {
  it('is readable with nothing in its columns', () => {
    expect(queue.parse([{ state: 'pending', channel: null, count: 1 }])).toEqual([
      group('pending', 1, { oldestSeconds: null }),
    ]);
  });
});
