import type { HttpAnswer } from '#systems/odoo/front.ts';
import { brief } from '../reading.ts';
import { frontSignal } from '../signal.ts';

/** The process alone: it passes while the tenant's database is gone (facts: odoo.md §0.1). */
export const signal = frontSignal<HttpAnswer>({
  name: 'web-health',
  title: 'Web process',
  layer: 'application',
  unit: 'milliseconds',
  threshold: { direction: 'above', warn: 1000, critical: null },
  probe: {
    name: 'web-health',
    every: 15,
    deadlineMs: 3000,
    wakes: false,
    ask: (front, tenant, deadlineMs) => front.get(tenant.host, '/web/health', { deadlineMs }),
  },
  read({ status, milliseconds, body, location }) {
    const value = Math.round(milliseconds);
    if (status === 200) {
      return body.includes('"fail"')
        ? { value, grade: 'critical', message: '/web/health says fail' }
        : { value, message: `a web process answers in ${value} ms` };
    }
    if (status === 404) {
      const message = '/web/health answers 404: no route for this Host, or an Odoo older than 15';
      return { value, grade: 'unknown', reason: 'unsupported', message };
    }
    if (status >= 500) {
      return { value, grade: 'critical', message: `/web/health answers ${status}: no web process takes it` };
    }
    const to = location === null ? '' : ` to ${brief(location, 60)}`;
    return { value, grade: 'unknown', reason: 'unsupported', message: `/web/health answers ${status}${to}` };
  },
});
