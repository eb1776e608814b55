import { describe, expect, it } from 'vitest';
import { confirmed, stageOf, type Turn } from '#actions/switchover/follow.ts';
import type { Member, Topology } from '#actions/switchover/manager.ts';
import type { ServerWord } from '#actions/switchover/server-word.ts';

const turn: Turn = { server: 'pg-1', from: 'a', to: 'b', timeline: 3, systemIdentifier: '7710765604981163646' };

const member = (name: string, fields: Partial<Member>): Member => ({
  ...{ name, isLeader: false, state: 'running', isRunning: true, timeline: 4, lagBytes: 0 },
  ...{ isSynchronous: false, barred: null, isReplayPaused: false, note: null, address: null },
  ...fields,
});

const led = (leader: string | null, timeline: number | null, fields: Partial<Topology> = {}): Topology => ({
  ...{ leader, timeline, systemIdentifier: turn.systemIdentifier, isSynchronous: false, maximumLagBytes: null },
  ...{ standstill: [], warnings: [], words: 'as it was', isSettled: true },
  members: ['a', 'b'].map((name) => member(name, { isLeader: name === leader })),
  ...fields,
});

const word = (fields: Partial<ServerWord> = {}): ServerWord => ({
  ...{ isStandby: false, timeline: 4, systemIdentifier: turn.systemIdentifier, synchronousCommit: 'on' },
  followers: new Map([['a', { state: 'streaming', syncState: 'async', lagBytes: 0 }]]),
  ...fields,
});

describe("by its manager's word a switchover", () => {
  it.each([
    ['has not begun', led('a', 3), 'untouched'],
    ['has begun, though the leader is the same: its timeline is gone', led('a', null), 'between'],
    ['has begun: the old leader stops', led('a', 3, { isSettled: false }), 'between'],
    ['has no leader in the middle of it', led(null, null), 'between'],
    ['is not done while the new leader is still shown on the old timeline', led('b', 3), 'between'],
    ['is done on the next timeline', led('b', 4), 'led'],
    ['was followed by another one', led('b', 5), 'elsewhere'],
    ['was followed by one back', led('a', 5), 'elsewhere'],
    ['made somebody else the leader', led('c', 4), 'elsewhere'],
  ] as const)('%s', (_what, topology, stage) => {
    expect(stageOf(turn, topology)).toBe(stage);
  });
});

describe("the manager's word", () => {
  const stage = (topology: Topology, said: ServerWord | string) => confirmed(turn, topology, said).stage;

  it('is whole when the server says so itself and the old leader streams from it', () => {
    expect(confirmed(turn, led('b', 4), word())).toMatchObject({
      ...{ stage: 'whole', words: 'b leads on timeline 4, and a follows it' },
    });
  });

  it.each([
    ['cannot be asked', 'pg-1 refused the connection'],
    ['is a standby', word({ isStandby: true, timeline: null })],
    ['is another PostgreSQL', word({ systemIdentifier: '7000000000000000000' })],
    ['still writes the old timeline', word({ timeline: 3 })],
  ] as const)('is not confirmed by a server that %s', (_what, said) => {
    expect(stage(led('b', 4), said)).toBe('led');
  });

  it.each([
    ['is not shown as back', led('b', 4, { members: [member('a', { isRunning: false, state: 'stopped' })] }), word()],
    ['is back on the old timeline', led('b', 4, { members: [member('a', { timeline: 3 })] }), word()],
    ['is gone', led('b', 4, { members: [] }), word()],
    ['is shown as back, and does not stream', led('b', 4), word({ followers: new Map() })],
  ] as const)('is confirmed and not whole while the old leader %s', (_what, topology, said) => {
    expect(stage(topology, said)).toBe('confirmed');
  });
});
