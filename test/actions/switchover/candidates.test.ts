import { describe, expect, it } from 'vitest';
import { bestOf, candidatesOf } from '#actions/switchover/candidates.ts';
import type { Member, Topology } from '#actions/switchover/manager.ts';
import type { Follower, ServerWord } from '#actions/switchover/server-word.ts';

const member = (name: string, fields: Partial<Member> = {}): Member => ({
  ...{ name, isLeader: false, state: 'streaming', isRunning: true, timeline: 3, lagBytes: 0 },
  ...{ isSynchronous: false, barred: null, isReplayPaused: false, note: null, address: null },
  ...fields,
});

const topology = (members: readonly Member[], fields: Partial<Topology> = {}): Topology => ({
  ...{ leader: 'a', timeline: 3, systemIdentifier: '7710765604981163646', isSynchronous: false, isSettled: true },
  ...{ maximumLagBytes: 1_048_576, standstill: [], warnings: [], words: '' },
  members: [member('a', { isLeader: true }), ...members],
  ...fields,
});

const says = (followers: Readonly<Record<string, Partial<Follower>>> | null): ServerWord => ({
  ...{ isStandby: false, timeline: 3, systemIdentifier: '7710765604981163646', synchronousCommit: 'on' },
  followers:
    followers &&
    new Map(
      Object.entries(followers).map(([name, one]) => [
        name,
        { state: 'streaming', syncState: 'async', lagBytes: 0, ...one },
      ]),
    ),
});

describe('a standby may take over', () => {
  it('when it runs, streams and has all of it; the leader is never one', () => {
    const [only, ...others] = candidatesOf(topology([member('b')]), says({ b: {} }));
    expect(only).toMatchObject({ name: 'b', against: [], words: 'streaming, asynchronous, 0 bytes behind' });
    expect(others).toEqual([]);
  });

  it.each([
    ['it is barred', member('b', { barred: 'it is fenced' }), { b: {} }, {}, 'it is fenced'],
    ['it does not run', member('b', { isRunning: false, state: 'start failed' }), { b: {} }, {}, 'it is start failed'],
    ['its replay is paused', member('b', { isReplayPaused: true }), { b: {} }, {}, 'its replay is paused'],
    ['its primary does not know it', member('b'), {}, {}, 'no standby of that name'],
    ['its primary still brings it up', member('b'), { b: { state: 'catchup' } }, {}, 'the primary calls it catchup'],
    ['it is on another timeline', member('b', { timeline: 2 }), { b: {} }, {}, 'it is on timeline 2'],
    ['it is too far behind', member('b'), { b: { lagBytes: 2_097_152 } }, {}, 'it is 2.0 MiB behind'],
    ['only a synchronous one may', member('b'), { b: {} }, { isSynchronous: true }, 'it is not synchronous'],
  ] as const)('but not when %s', (_why, standby, followers, fields, words) => {
    const [only] = candidatesOf(topology([standby], fields), says(followers));
    expect(only?.against.join()).toContain(words);
  });

  it("by the primary's own bytes, whatever the manager's older number says", () => {
    const [only] = candidatesOf(topology([member('b', { lagBytes: 5_000_000 })]), says({ b: { lagBytes: 16 } }));
    expect(only).toMatchObject({ against: [], lagBytes: 16 });
  });

  it('and where the primary may not be asked the manager is believed, if it knows', () => {
    const [known, unknown] = candidatesOf(topology([member('b'), member('c', { lagBytes: null })]), says(null));
    expect(known?.against).toEqual([]);
    expect(unknown?.against).toEqual(['nobody knows how far behind it is']);
  });

  it('when it is synchronous by the word of either', () => {
    const members = [member('b', { isSynchronous: true }), member('c')];
    const all = candidatesOf(topology(members, { isSynchronous: true }), says({ b: {}, c: { syncState: 'quorum' } }));
    expect(all.map(({ against }) => against)).toEqual([[], []]);
  });
});

describe('the best of them', () => {
  const best = (members: readonly Member[], followers: Readonly<Record<string, Partial<Follower>>>) =>
    bestOf(candidatesOf(topology(members, { maximumLagBytes: null }), says(followers)))?.name;

  it('is a synchronous one, then one that is not far behind, then the first by name', () => {
    const members = [member('d'), member('c'), member('b')];
    expect(best(members, { b: {}, c: {}, d: { syncState: 'sync' } })).toBe('d');
    expect(best(members, { b: { lagBytes: 999_999_999 }, c: {}, d: {} })).toBe('c');
    // A few bytes more or less change from one look to the next, and with them the plan.
    expect(best(members, { b: { lagBytes: 4096 }, c: {}, d: {} })).toBe('b');
  });

  it('is nobody where none may', () => {
    expect(bestOf(candidatesOf(topology([member('b', { isRunning: false })]), says({})))).toBeNull();
  });
});
