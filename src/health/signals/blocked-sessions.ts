import { span } from '#text/age.ts';
import { type Blocker, blockersOf } from '../queries/blocking.ts';
import { type Session, sessions } from '../queries/sessions.ts';
import { andMore, brief, counted, gradeAt } from '../reading.ts';
import { serverSignal } from '../signal.ts';

/** This many waiting at once take the workers that everybody else needs: nothing is left to wait and see. */
const storm = 10;

/** In seconds of the longest wait for a lock (facts: data-tier.md §7: waiter > 5 / 30 s). */
export const signal = serverSignal<readonly Session[]>({
  name: 'blocked-sessions',
  title: 'Blocked sessions',
  layer: 'platform',
  unit: 'seconds',
  threshold: { direction: 'above', warn: 5, critical: 30 },
  query: sessions,
  read(observed, { tenant, threshold }) {
    if (tenant.database === null) {
      return null;
    }
    const blockers = blockersOf(observed, tenant.database);
    const first = blockers[0];
    if (first === undefined) {
      return { value: 0, message: 'no session waits for a lock' };
    }
    const waiting = blockers.flatMap(({ waiters }) => waiters);
    const value = Math.max(...waiting.map(({ waitSeconds }) => waitSeconds ?? 0));
    const what = counted(waiting.length, 'session');
    const byTime = gradeAt(value, threshold);
    const grade = byTime === 'warn' && waiting.length >= storm ? 'critical' : byTime;
    return {
      value,
      grade,
      message: `${what} blocked ${span(value)} by ${words(first)}${andMore(blockers.length - 1)}`,
    };
  },
});

/** `8812 UPDATE stock_quant…`, `8812 idle in transaction 4m10s, after UPDATE …` */
function words({ pid, session }: Blocker): string {
  if (pid === 0) {
    return 'a prepared transaction';
  }
  if (session === null) {
    return `${pid}, which has ended`;
  }
  if (session.state?.startsWith('idle in transaction')) {
    return `${pid} idle in transaction ${span(session.stateSeconds ?? 0)}, after ${brief(session.query, 50)}`;
  }
  return `${pid} ${brief(session.query, 60) || session.backend}`;
}
