import { setTimeout as delay } from 'node:timers/promises';
import { type Login, withDatabase } from '../sql.ts';
import type { SandboxTenant } from '../tenants.ts';
import { writeRestOfOrders } from './past-orders.ts';

export interface Backfill {
  /** Settles when every tenant has its six weeks, or when it was stopped. */
  readonly done: Promise<void>;
  stop(): Promise<void>;
}

/** First frames and first looks come first. */
const quietMs = 5000;

/** Gives the tenants, one after the other, the rest of their past. */
export function startBackfill(
  odoo: Login,
  tenants: readonly SandboxTenant[],
  since: ReadonlyMap<string, number>,
): Backfill {
  const over = new AbortController();
  const isOver = () => over.signal.aborted;
  const pause = (ms: number) => delay(ms, undefined, { signal: over.signal }).catch(() => undefined);
  const work = async () => {
    await pause(quietMs);
    for (const tenant of tenants) {
      const now = since.get(tenant.name);
      if (now !== undefined && !isOver()) {
        // A database that somebody has taken away, as a scenario may, has no past to fill in.
        await withDatabase(odoo, tenant.database, (sql) =>
          writeRestOfOrders(sql, tenant, now, { isOver, pause }),
        ).catch(() => undefined);
      }
    }
  };
  const done = work();
  return {
    done,
    stop: async () => {
      over.abort();
      await done;
    },
  };
}
