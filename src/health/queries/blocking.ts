import type { Session } from './sessions.ts';

/** A session at the head of a queue, and everybody who waits for it, directly or through others. */
export interface Blocker {
  readonly pid: number;
  /** null for a prepared transaction (pid 0) or a session that has ended since. */
  readonly session: Session | null;
  readonly waiters: readonly Session[];
}

/**
 * Who blocks `database`'s waiting sessions, the one with the most waiters first. Each waiter is counted once, under the
 * root of its first blocker, however many it names; helpers of a parallel query wait with their leader
 * (facts: data-tier.md §1.4 Blocking tree).
 */
export function blockersOf(sessions: readonly Session[], database: string): readonly Blocker[] {
  const byPid = new Map(sessions.map((session) => [session.pid, session]));
  const waiters = new Map<number, Session[]>();
  for (const session of sessions) {
    if (session.database !== database || session.blockedBy.length === 0 || session.leader !== null) {
      continue;
    }
    const root = rootOf(session, byPid);
    waiters.set(root, [...(waiters.get(root) ?? []), session]);
  }
  return [...waiters]
    .map(([pid, waiting]) => ({ pid, session: byPid.get(pid) ?? null, waiters: waiting }))
    .toSorted((a, b) => b.waiters.length - a.waiters.length || a.pid - b.pid);
}

/** Follows first blockers up to a session that waits for nobody. A circle ends where it was entered. */
function rootOf(from: Session, byPid: ReadonlyMap<number, Session>): number {
  const seen = new Set([from.pid]);
  let at = from;
  for (;;) {
    const next = at.blockedBy[0];
    if (next === undefined || seen.has(next)) {
      return at.pid;
    }
    const session = byPid.get(next);
    if (session === undefined || session.blockedBy.length === 0) {
      return next;
    }
    seen.add(next);
    at = session;
  }
}
