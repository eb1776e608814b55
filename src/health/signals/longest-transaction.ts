import { span } from '#text/age.ts';
import { type Session, sessions } from '../queries/sessions.ts';
import { brief, gradeAt, worseOf } from '../reading.ts';
import { serverSignal } from '../signal.ts';
import type { Threshold } from '../status.ts';

/** A transaction that works may take this many times longer than one that idles with its locks held. */
const patience = 10;

/** In seconds. The bounds are those of idling in transaction (facts: data-tier.md §7: 60 s / 5 min). */
export const signal = serverSignal<readonly Session[]>({
  name: 'longest-transaction',
  title: 'Longest transaction',
  layer: 'platform',
  unit: 'seconds',
  threshold: { direction: 'above', warn: 60, critical: 300 },
  query: sessions,
  read(observed, { tenant, threshold }) {
    if (tenant.database === null) {
      return null;
    }
    const open = observed.filter((session) => session.database === tenant.database && isTenants(session));
    const idlest = open.filter(isIdle).toSorted((a, b) => idleFor(b) - idleFor(a))[0];
    const longest = open.filter((session) => !isIdle(session)).toSorted((a, b) => lasts(b) - lasts(a))[0];
    const idleGrade = idlest === undefined ? 'ok' : gradeAt(idleFor(idlest), threshold);
    const longGrade = longest === undefined ? 'ok' : gradeAt(lasts(longest), forWork(threshold));
    if (idlest !== undefined && worseOf(idleGrade, longGrade) === idleGrade && idleGrade !== 'ok') {
      const value = Math.floor(idleFor(idlest));
      const message = `${idlest.pid} idle in transaction ${span(value)}, after ${brief(idlest.query, 60)}`;
      return { value, grade: idleGrade, message };
    }
    if (longest === undefined) {
      return { value: 0, grade: 'ok', message: 'no long transaction' };
    }
    const value = Math.floor(lasts(longest));
    return { value, grade: longGrade, message: `${longest.pid} in one transaction ${span(value)}${doing(longest)}` };
  },
});

/** Vacuum, replication and the helpers of a parallel query are not the tenant's; neither are we. */
function isTenants({ backend, leader, application }: Session): boolean {
  return backend === 'client backend' && leader === null && application?.startsWith('till') !== true;
}

function isIdle({ state }: Session): boolean {
  return state?.startsWith('idle in transaction') === true;
}

function idleFor({ stateSeconds }: Session): number {
  return stateSeconds ?? 0;
}

function lasts({ transactionSeconds }: Session): number {
  return transactionSeconds ?? 0;
}

function forWork(threshold: Threshold | null): Threshold | null {
  const longer = (bound: number | null) => (bound === null ? null : bound * patience);
  return threshold === null
    ? null
    : { direction: threshold.direction, warn: longer(threshold.warn), critical: longer(threshold.critical) };
}

function doing({ query, application }: Session): string {
  const by = application === null || application === '' ? '' : ` by ${brief(application, 30)}`;
  return query === '' ? by : `${by}: ${brief(query, 60)}`;
}
