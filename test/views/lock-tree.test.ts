import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lockTree } from '#views/tenant/lock-tree.ts';
import { aSession } from './makers.ts';

const drawn = (...sessions: readonly (readonly [pid: number, ...blockedBy: number[]])[]) =>
  lockTree(sessions.map(([pid, ...blockedBy]) => aSession(pid, { blockedBy, transactionSeconds: null }))).map(
    ({ branch, pid, session, alsoWaitsFor }) =>
      `${branch}${pid}${session === null ? ' gone' : ''}${alsoWaitsFor.length > 0 ? ` also ${alsoWaitsFor}` : ''}`,
  );

describe('the lock tree', () => {
  it('has who holds everybody up on top, and who waits below', () => {
    expect(drawn([1], [2, 1], [3, 2], [4, 1])).toEqual(['1', '├─ 2', '│  └─ 3', '└─ 4']);
  });

  it('puts the one that most wait for first, and free sessions last', () => {
    expect(drawn([9], [1], [2, 1], [5], [6, 5], [7, 5])).toEqual(['5', '├─ 6', '└─ 7', '1', '└─ 2', '9']);
  });

  it('shows a session once, under its first blocker, and names the others', () => {
    expect(drawn([1], [2], [3, 1, 2])).toEqual(['1', '└─ 3 also 2', '2']);
  });

  it('keeps a blocker that is in no database we may see', () => {
    expect(drawn([3, 99])).toEqual(['99 gone', '└─ 3']);
  });

  it('survives a ring: a deadlock that is not broken yet', () => {
    expect(drawn([1, 2], [2, 3], [3, 1])).toEqual(['1', '└─ 3', '   └─ 2']);
    expect(drawn([1, 1])).toEqual(['1']);
  });

  it('has each session exactly once, whatever waits for whom', () => {
    const pid = fc.integer({ min: 1, max: 12 });
    const session = fc.tuple(pid, fc.array(pid, { maxLength: 4 }));
    const sessions = fc.uniqueArray(session, { selector: ([own]) => own, maxLength: 12 });
    fc.assert(
      fc.property(sessions, (rows) => {
        const pids = lockTree(rows.map(([own, blockedBy]) => aSession(own, { blockedBy }))).map(({ pid: one }) => one);
        expect(new Set(pids).size).toBe(pids.length);
        expect(rows.every(([own]) => pids.includes(own))).toBe(true);
      }),
    );
  });
});
