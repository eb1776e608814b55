import type { Tenant } from '#estate/estate.ts';
import { gradeOf } from '#health/grade.ts';
import type { ReadContext, Reading, Signal } from '#health/signal.ts';
import type { Grade } from '#health/status.ts';
import type { RedisInfo } from '#systems/redis/server.ts';

export const now = Date.parse('2026-11-27T09:41:00Z');
export const minutesAgo = (minutes: number) => now - minutes * 60_000;

export function tenant(fields: Partial<Tenant> = {}): Tenant {
  return {
    name: 'harbour-shoes',
    retailer: null,
    environment: 'production',
    tier: 'critical',
    hosting: 'dedicated',
    timezone: 'Europe/Stockholm',
    currency: 'SEK',
    cluster: 'eu-prod',
    namespace: 'harbour-shoes',
    selector: 'app.kubernetes.io/instance=harbour-shoes',
    postgres: 'pg-1',
    database: 'harbour_shoes',
    redis: 'redis-1',
    front: 'edge',
    host: 'harbour-shoes.example.com',
    thresholds: {},
    ...fields,
  };
}

/** What a signal says of an observation, as the watcher would ask it, with its grade worked out. */
export function reading(
  signal: Signal,
  observed: unknown,
  context: Partial<ReadContext<unknown>> = {},
): (Reading & { readonly grade: Grade }) | null {
  const threshold = context.threshold === undefined ? signal.threshold : context.threshold;
  const full: ReadContext<unknown> = {
    tenant: tenant(),
    now,
    previous: null,
    at: now,
    source: 'postgres/pg-1',
    ...context,
    threshold,
  };
  const read = signal.read as (observed: unknown, context: ReadContext<unknown>) => Reading | null;
  const said = read(observed, full);
  return said === null ? null : { ...said, grade: gradeOf(said, threshold) };
}

/** `critical: 14 sessions blocked 3m12s by …`: a whole reading in one line; null stays null. */
export function says(...asked: Parameters<typeof reading>): string | null {
  const said = reading(...asked);
  return said === null ? null : `${said.grade}: ${said.message}`;
}

export function info(fields: Readonly<Record<string, string | number>>): RedisInfo {
  return new Map(
    Object.entries({ role: 'master', run_id: 'a', ...fields }).map(([key, value]) => [key, String(value)]),
  );
}
