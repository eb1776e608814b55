import type { FrontReader, HttpAnswer } from '#systems/odoo/front.ts';
import { frontSignal } from '../signal.ts';

/** What the bus said: 16 and later speak WebSocket, 15 long polling; which one is asked, not assumed. */
interface Bus {
  readonly kind: 'websocket' | 'longpolling' | 'none';
  readonly health: HttpAnswer;
  /** The opening handshake; null where there is none to try. */
  readonly handshake: HttpAnswer | null;
}

/** The bus carries what tills and screens tell each other; without it a shop sells and people must reload. */
export const signal = frontSignal<Bus>({
  name: 'websocket',
  title: 'Websocket',
  layer: 'application',
  unit: 'milliseconds',
  threshold: { direction: 'above', warn: 2000, critical: null },
  // With the tenant's Host the route is found in its registry, so asking wakes (facts: odoo.md §0.2).
  probe: { name: 'websocket', every: 60, deadlineMs: 6000, wakes: true, ask },
  read({ kind, health, handshake }) {
    const value = Math.round(handshake?.milliseconds ?? health.milliseconds);
    if (kind === 'none') {
      const message = 'neither /websocket nor /longpolling is there: not routed, or the database is gone';
      return { value, grade: 'warn', message };
    }
    if (health.status !== 200) {
      return { value, grade: 'warn', message: `/${kind}/health answers ${health.status}` };
    }
    if (handshake === null || handshake.status === 101) {
      return { value, message: `${kind} answers in ${value} ms` };
    }
    // facts: odoo.md §1.1: 500 is what the ordinary port says to an upgrade.
    const why = handshake.status === 500 ? ': /websocket must lead to the gevent port (8072)' : '';
    return { value, grade: 'warn', message: `the WebSocket handshake answers ${handshake.status}${why}` };
  },
});

async function ask(front: FrontReader, tenant: { readonly host: string }, deadlineMs: number): Promise<Bus> {
  const options = { deadlineMs: deadlineMs / 2 };
  const health = await front.get(tenant.host, '/websocket/health', options);
  if (health.status === 200) {
    return { kind: 'websocket', health, handshake: await front.upgrade(tenant.host, '/websocket', options) };
  }
  if (health.status !== 404) {
    return { kind: 'websocket', health, handshake: null };
  }
  const older = await front.get(tenant.host, '/longpolling/health', options);
  return { kind: older.status === 200 ? 'longpolling' : 'none', health: older, handshake: null };
}
