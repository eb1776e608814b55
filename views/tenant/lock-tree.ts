import type { SessionRow } from '#health/watcher.ts';

export interface LockNode {
  readonly pid: number;
  /** null when the blocker is in no database we may see, or has gone meanwhile. */
  readonly session: SessionRow | null;
  readonly depth: number;
  /** `├─ `, `│  └─ `: what stands in front of it. */
  readonly branch: string;
  /** Sessions that wait for it, directly or through others. */
  readonly waiting: number;
  /** It waits for these too; it stands under the first. */
  readonly alsoWaitsFor: readonly number[];
}

/**
 * Sessions as they wait for each other: who holds everybody up comes first, with all that wait for it below; then the rest.
 * A session stands once, under its first blocker, because a wide lock would otherwise draw it under every holder. In a ring
 * (a deadlock not yet broken) the smallest pid stands on top.
 */
export function lockTree(sessions: readonly SessionRow[]): readonly LockNode[] {
  const byPid = new Map(sessions.map((session) => [session.pid, session]));
  const blockersOf = (pid: number) =>
    [...new Set(byPid.get(pid)?.blockedBy ?? [])].filter((blocker) => blocker !== pid);
  const waitersOf = Map.groupBy(
    sessions.filter(({ pid }) => blockersOf(pid).length > 0),
    ({ pid }) => blockersOf(pid)[0] ?? pid,
  );
  const placed = new Set<number>();
  const nodes: LockNode[] = [];

  const waitingFor = (pid: number, seen: Set<number> = new Set()): number => {
    for (const waiter of waitersOf.get(pid) ?? []) {
      if (!seen.has(waiter.pid) && waiter.pid !== pid) {
        seen.add(waiter.pid);
        waitingFor(waiter.pid, seen);
      }
    }
    return seen.size;
  };
  const place = (pid: number, depth: number, before: string, isLast: boolean) => {
    if (placed.has(pid)) {
      return;
    }
    placed.add(pid);
    nodes.push({
      pid,
      session: byPid.get(pid) ?? null,
      depth,
      branch: depth === 0 ? '' : `${before}${isLast ? '└─ ' : '├─ '}`,
      waiting: waitingFor(pid),
      alsoWaitsFor: blockersOf(pid).slice(1),
    });
    const waiters = (waitersOf.get(pid) ?? []).filter((waiter) => !placed.has(waiter.pid));
    const below = depth === 0 ? '' : `${before}${isLast ? '   ' : '│  '}`;
    for (const [index, waiter] of waiters.entries()) {
      place(waiter.pid, depth + 1, below, index === waiters.length - 1);
    }
  };

  const roots = new Set([...waitersOf.keys()].filter((pid) => blockersOf(pid).length === 0));
  for (const pid of [...roots].sort((a, b) => waitingFor(b) - waitingFor(a) || a - b)) {
    place(pid, 0, '', true);
  }
  const ringed = sessions.filter(({ pid }) => !placed.has(pid) && blockersOf(pid).length > 0).map(({ pid }) => pid);
  for (const pid of ringed.sort((a, b) => a - b)) {
    place(pid, 0, '', true);
  }
  const free = sessions.filter(({ pid }) => !placed.has(pid));
  for (const { pid } of free.toSorted(
    (a, b) => (b.transactionSeconds ?? -1) - (a.transactionSeconds ?? -1) || a.pid - b.pid,
  )) {
    place(pid, 0, '', true);
  }
  return nodes;
}
