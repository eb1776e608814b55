import type { HttpAnswer } from '#systems/odoo/front.ts';
import { brief } from '../reading.ts';
import { frontSignal, type Reading } from '../signal.ts';

/**
 * The one question that the tenant's own database must answer: `/web/health` stays green while that is unreachable
 * (facts: odoo.md §0.1). A first hit after a pod's start loads the registry and takes seconds.
 */
export const signal = frontSignal<HttpAnswer>({
  name: 'login-page',
  title: 'Login page',
  layer: 'application',
  unit: 'milliseconds',
  symptom: true,
  threshold: { direction: 'above', warn: 2000, critical: 8000 },
  probe: {
    name: 'login-page',
    every: 30,
    deadlineMs: 10_000,
    wakes: true,
    ask: (front, tenant, deadlineMs) => front.get(tenant.host, '/web/login', { deadlineMs }),
  },
  read(answer) {
    const value = Math.round(answer.milliseconds);
    if (answer.status === 200) {
      return { value, message: `/web/login answers in ${duration(value)}` };
    }
    return { value, ...refusal(answer) };
  },
});

function duration(milliseconds: number): string {
  return milliseconds < 1000 ? `${milliseconds} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}

/** What the status means here; a dead tenant database shows as 303 or 404, not as 5xx (facts: odoo.md §0.1, §1.3). */
function refusal({ status, location }: HttpAnswer): Pick<Reading, 'grade' | 'message' | 'reason'> {
  const to = location === null ? '' : ` to ${brief(location, 60)}`;
  const says = `/web/login answers ${status}${to}`;
  if (status >= 300 && status < 400) {
    if (location?.includes('/web/database/')) {
      return { grade: 'critical', message: `${says}: Odoo cannot open this database` };
    }
    if (location?.startsWith('https:')) {
      const message = `${says}: the front wants TLS, set tls: true in the estate`;
      return { grade: 'unknown', reason: 'unsupported', message };
    }
    return { grade: 'critical', message: `${says}: not the login page` };
  }
  if (status === 404) {
    return { grade: 'critical', message: `${says}: no route for this Host, or Odoo does not know its database` };
  }
  if (status === 401 || status === 403) {
    return { grade: 'unknown', reason: 'forbidden', message: `${says}: something before Odoo refuses us` };
  }
  if (status === 429) {
    return { grade: 'unknown', reason: 'not-probed', message: `${says}: we ask too often` };
  }
  if (status === 502 || status === 503 || status === 504) {
    return { grade: 'critical', message: `${says}: no pod behind the front takes it` };
  }
  return { grade: status >= 500 ? 'critical' : 'warn', message: says };
}
