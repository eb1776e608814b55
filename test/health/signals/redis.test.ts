import { describe, expect, it } from 'vitest';
import { signal as evictions } from '#health/signals/redis-evictions.ts';
import { signal as lastSave } from '#health/signals/redis-last-save.ts';
import { signal as memory } from '#health/signals/redis-memory.ts';
import { signal as refused } from '#health/signals/redis-refused-writes.ts';
import { signal as link } from '#health/signals/redis-replica-link.ts';
import { info, minutesAgo, now, reading, says } from './makers.ts';

const source = 'redis/sessions';
const giga = 1024 ** 3;
const since = (fields: Parameters<typeof info>[0]) => ({
  source,
  previous: { value: info(fields), at: minutesAgo(1) },
});

describe('redis-memory', () => {
  const filled = (percent: number) =>
    info({ used_memory: (4 * giga * percent) / 100, maxmemory: 4 * giga, maxmemory_policy: 'noeviction' });

  it('grades the share of maxmemory, and says what happens when it is full', () => {
    expect(says(memory, filled(79))).toMatch(/^ok: 3\.2 GiB of 4\.0 GiB used/);
    expect(says(memory, filled(80))).toMatch(/^warn/);
    expect(reading(memory, filled(97), { source })).toMatchObject({
      grade: 'critical',
      value: 97,
      message: '3.9 GiB of 4.0 GiB used, noeviction: writes are refused when full',
      cause: source,
    });
  });

  it('takes the machine’s memory where there is no limit', () => {
    expect(says(memory, info({ used_memory: giga, maxmemory: 0, total_system_memory: 8 * giga }))).toBe(
      "ok: 1.0 GiB of the machine's 8.0 GiB used, no maxmemory",
    );
  });

  it('is unknown when INFO does not tell', () => {
    expect(says(memory, info({}))).toBe('unknown: INFO tells no memory');
  });
});

describe('redis-evictions', () => {
  it('is critical for a single session, which is a user logged out', () => {
    expect(reading(evictions, info({ evicted_keys: 1204 }), since({ evicted_keys: 0 }))).toMatchObject({
      grade: 'critical',
      value: 1204,
      message: '1,204 sessions evicted in 1m00s: users are logged out',
      cause: source,
    });
  });

  it('is a cache’s ordinary work', () => {
    expect(says(evictions, info({ evicted_keys: 9 }), { ...since({ evicted_keys: 2 }), holds: 'cache' })).toBe(
      'ok: 7 cached keys evicted in 1m00s',
    );
    expect(says(evictions, info({ evicted_keys: 3 }), { ...since({ evicted_keys: 2 }), holds: 'queue' })).toBe(
      'critical: 1 queued entry evicted in 1m00s: work is lost',
    );
  });

  it('claims nothing about the past, unless there was never one', () => {
    expect(says(evictions, info({ evicted_keys: 0 }))).toBe('ok: no key evicted since it started');
    expect(says(evictions, info({ evicted_keys: 5 }), since({ evicted_keys: 5 }))).toBe('ok: no key evicted in 1m00s');
    const nothing = 'unknown: 5 keys evicted in all, no earlier sample to compare with';
    expect(says(evictions, info({ evicted_keys: 5 }))).toBe(nothing);
    expect(says(evictions, info({ evicted_keys: 5 }), since({ evicted_keys: 9 }))).toBe(nothing);
    expect(says(evictions, info({ evicted_keys: 5, run_id: 'b' }), since({ evicted_keys: 1 }))).toBe(nothing);
  });
});

describe('redis-refused-writes', () => {
  it('is critical for the first, and says what Redis says', () => {
    expect(says(refused, info({ errorstat_OOM: 'count=24' }), since({ errorstat_OOM: 'count=1' }))).toBe(
      'critical: 23 writes refused in 1m00s: OOM, memory is full',
    );
    const both = info({ errorstat_OOM: 'count=24', errorstat_MISCONF: 'count=9' });
    expect(says(refused, both, since({ errorstat_OOM: 'count=24' }))).toBe(
      'critical: 9 writes refused in 1m00s: MISCONF, it cannot save to disk',
    );
  });

  it('leaves other errors to whoever made them', () => {
    expect(says(refused, info({ errorstat_WRONGTYPE: 'count=99', errorstat_NOAUTH: 'count=4' }))).toBe(
      'ok: no write refused since it started',
    );
  });

  it('claims nothing after statistics were reset', () => {
    expect(says(refused, info({ errorstat_OOM: 'count=2' }), since({ errorstat_OOM: 'count=24' }))).toBe(
      'unknown: 2 writes refused in all, no earlier sample to compare with',
    );
    expect(says(refused, info({ errorstat_OOM: 'count=24' }), since({ errorstat_OOM: 'count=24' }))).toBe(
      'ok: no write refused in 1m00s',
    );
  });
});

describe('redis-replica-link', () => {
  const master = (line: string, fields = {}) =>
    info({ connected_slaves: 1, slave0: line, master_repl_offset: 5000, repl_backlog_size: 1000, ...fields });

  it('does not apply where nobody replicates', () => {
    expect(says(link, info({ connected_slaves: 0 }))).toBeNull();
  });

  it('sees a replica that is silent, copying or too far behind, from the master', () => {
    expect(says(link, master('ip=10.0.0.7,port=6379,state=online,offset=5000,lag=0'))).toBe('ok: 1 replica online');
    expect(says(link, master('ip=10.0.0.7,port=6379,state=online,offset=5000,lag=12'))).toBe(
      'warn: 1 replica online, 10.0.0.7 heard 12s ago',
    );
    expect(says(link, master('ip=10.0.0.7,port=6379,state=wait_bgsave,offset=0,lag=0'))).toBe(
      'warn: replica 10.0.0.7 is in wait_bgsave',
    );
    expect(says(link, master('ip=10.0.0.7,port=6379,state=online,offset=3999,lag=0'))).toBe(
      'warn: replica 10.0.0.7 is behind the backlog: it will copy everything',
    );
  });

  it('sees a lost master, from the replica', () => {
    const replica = (fields: Parameters<typeof info>[0]) => info({ role: 'slave', master_host: '10.0.0.6', ...fields });
    expect(says(link, replica({ master_link_status: 'up', master_last_io_seconds_ago: 2 }))).toBe(
      'ok: replica linked to master 10.0.0.6, heard 2s ago',
    );
    expect(says(link, replica({ master_link_status: 'down', master_link_down_since_seconds: 9 }))).toMatch(/^warn/);
    expect(says(link, replica({ master_link_status: 'down', master_link_down_since_seconds: 95 }))).toBe(
      'critical: replica has lost master 10.0.0.6 for 1m35s',
    );
    expect(says(link, replica({ master_link_status: 'down', master_sync_in_progress: 1 }))).toBe(
      'warn: replica copies everything from master 10.0.0.6',
    );
  });

  it('survives a line that is cut short', () => {
    expect(says(link, master('ip=10.0.0.7'))).toBe('warn: replica 10.0.0.7 is in ?');
  });
});

describe('redis-last-save', () => {
  const saved = (minutes: number, fields = {}) =>
    info({ rdb_last_save_time: minutesAgo(minutes) / 1000, rdb_last_bgsave_status: 'ok', rdb_saves: 3, ...fields });

  it('is critical when a save failed', () => {
    expect(reading(lastSave, saved(40, { rdb_last_bgsave_status: 'err' }), { source })).toMatchObject({
      grade: 'critical',
      message: 'the last save to disk failed, last one 40m ago: writes are refused unless told otherwise',
      cause: source,
    });
  });

  it('warns when changes have waited for hours', () => {
    expect(says(lastSave, saved(359, { rdb_changes_since_last_save: 12 }))).toMatch(/^ok: 12 changes not saved/);
    expect(says(lastSave, saved(360, { rdb_changes_since_last_save: 12 }))).toBe(
      'warn: 12 changes not saved, last one 6h00m ago',
    );
    expect(says(lastSave, saved(9000, { rdb_changes_since_last_save: 0 }))).toMatch(/^ok/);
  });

  it('does not apply where saving is switched off', () => {
    expect(says(lastSave, saved(9000, { rdb_saves: 0, rdb_changes_since_last_save: 99 }))).toBeNull();
  });

  it('looks at the append-only file where there is one', () => {
    expect(says(lastSave, saved(9000, { aof_enabled: 1, aof_last_write_status: 'ok' }))).toMatch(/^ok/);
    expect(says(lastSave, saved(9000, { aof_enabled: 1, aof_last_write_status: 'err' }))).toBe(
      'critical: the append-only file cannot be written',
    );
  });

  it('never tells a negative age when the clocks disagree', () => {
    const message = reading(lastSave, saved(-9, { rdb_changes_since_last_save: 1 }), { now })?.message;
    expect(message).toBe('1 change not saved, last one 0s ago');
  });
});
