import { describe, expect, it } from 'vitest';
import { type Replication, replication, type Upstream } from '#health/queries/replication.ts';
import { signal } from '#health/signals/replication-lag.ts';
import { reading, says } from './makers.ts';

const mega = 1024 ** 2;
const primary = (fields: Partial<Replication> = {}): Replication => ({
  standby: false,
  downstream: [{ name: 'pg-2', state: 'streaming', bytes: 0 }],
  absent: [],
  commitsWait: false,
  upstream: null,
  ...fields,
});
const behind = (bytes: number | null, state = 'streaming') => primary({ downstream: [{ name: 'pg-2', state, bytes }] });
const standby = (fields: Partial<Upstream> = {}): Replication => ({
  ...primary({ downstream: [] }),
  standby: true,
  upstream: {
    receiver: 'streaming',
    messageSeconds: 1,
    streams: true,
    paused: false,
    applyBytes: 0,
    delaySeconds: 12,
    ...fields,
  },
});

describe('replication-lag on a primary', () => {
  it('does not apply where no standby is, nor is expected', () => {
    expect(says(signal, primary({ downstream: [] }))).toBeNull();
  });

  it('judges by bytes, naming the standby that is furthest behind', () => {
    expect(says(signal, behind(0))).toBe('ok: standby pg-2 in step');
    expect(says(signal, behind(63 * mega))).toBe('ok: standby pg-2 63.0 MiB behind');
    expect(says(signal, behind(64 * mega))).toBe('warn: standby pg-2 64.0 MiB behind');
    expect(says(signal, behind(1024 * mega))).toBe('critical: standby pg-2 1.0 GiB behind');
  });

  it('is critical for a standby that is expected and not there', () => {
    expect(
      reading(signal, primary({ downstream: [], absent: [{ name: 'pg_2', retainedBytes: 5 * mega }] })),
    ).toMatchObject({
      grade: 'critical',
      message: 'standby pg_2 is not connected, 5.0 MiB of WAL kept for it',
      cause: 'postgres/pg-1',
    });
  });

  it('is critical when commits wait for a synchronous standby', () => {
    expect(says(signal, primary({ downstream: [], commitsWait: true }))).toBe(
      'critical: no synchronous standby is connected: commits wait',
    );
  });

  it('warns of a standby that is still being made', () => {
    expect(says(signal, behind(null, 'startup'))).toBe('warn: standby pg-2 is in startup');
  });
});

describe('replication-lag on a standby', () => {
  it('is in step only with a live receiver', () => {
    expect(says(signal, standby())).toBe('ok: standby streaming, in step');
    expect(says(signal, standby({ receiver: null, delaySeconds: 95 }))).toBe(
      'critical: standby without a WAL receiver, last change 1m35s old',
    );
    expect(says(signal, standby({ messageSeconds: 61 }))).toBe('critical: WAL receiver has heard nothing for 1m01s');
  });

  it('warns of paused replay, with what waits', () => {
    expect(says(signal, standby({ paused: true, applyBytes: 12_837_720 }))).toBe(
      'warn: replay is paused, 12.2 MiB wait, last change 12s old',
    );
  });

  it('needs no receiver where it lives from the archive', () => {
    expect(says(signal, standby({ streams: false, receiver: null }))).toBe('ok: standby from the archive, in step');
  });

  it('is parsed from rows with nothing in them', () => {
    expect(replication.parse([{}], {} as never)).toEqual(primary({ downstream: [] }));
  });
});
