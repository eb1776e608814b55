import type { Estate, Tenant } from '#estate/estate.ts';
import type { Kind } from '#systems/kubernetes/rows.ts';
import type { SourceState } from '#systems/source.ts';
import type { Marks } from './marks.ts';
import type { Observation } from './observations.ts';
import type { Signal, WorkloadView } from './signal.ts';

/** All that grading looks at. Pure values and look-ups: no clock, no network. */
export interface World {
  readonly estate: Estate;
  readonly signals: readonly Signal[];
  /** Epoch milliseconds. */
  readonly now: number;
  /** True once a sweep is over: what has no observation then was not probed, rather than being on its way. */
  readonly swept: boolean;
  /** Freezes and incidents that people have set; only the calendar's when left out. */
  readonly marks?: Marks;
  observation(key: string): Observation | null;
  /** Seconds that pass between two reads of this key, as it is paced now. */
  pace(key: string, every: number): number;
  objectsOf(tenant: Tenant): WorkloadView;
  clusterState(cluster: string, kind: Kind, namespace: string | null): SourceState | null;
}

/** Where observations are kept: one key for a thing that is read at once. */
export const keys = {
  server: (server: string, query: string) => `postgres/${server}/${query}`,
  database: (server: string, database: string, query: string) => `database/${server}/${database}/${query}`,
  redis: (server: string) => `redis/${server}`,
  front: (front: string, tenant: string, probe: string) => `front/${front}/${tenant}/${probe}`,
} as const;

/** The source's name as people read it, and the key of its observation; null when the tenant has no such thing. */
export function locate(
  signal: Signal,
  tenant: Tenant,
): { readonly source: string; readonly key: string; readonly every: number; readonly deadlineMs: number } | null {
  switch (signal.from) {
    case 'kubernetes':
      return tenant.cluster === null || (tenant.namespace === null && tenant.selector === null)
        ? null
        : { source: `kubernetes/${tenant.cluster}`, key: '', every: 0, deadlineMs: 0 };
    case 'postgres':
      return tenant.postgres === null
        ? null
        : {
            source: `postgres/${tenant.postgres}`,
            key: keys.server(tenant.postgres, signal.query.name),
            every: signal.query.every,
            deadlineMs: signal.query.deadlineMs,
          };
    case 'database':
      return tenant.postgres === null || tenant.database === null
        ? null
        : {
            source: `postgres/${tenant.postgres}/${tenant.database}`,
            key: keys.database(tenant.postgres, tenant.database, signal.query.name),
            every: signal.query.every,
            deadlineMs: signal.query.deadlineMs,
          };
    case 'redis':
      return tenant.redis === null
        ? null
        : {
            source: `redis/${tenant.redis}`,
            key: keys.redis(tenant.redis),
            every: signal.every,
            deadlineMs: 3000,
          };
    case 'front':
      return tenant.front === null || tenant.host === null
        ? null
        : {
            source: `odoo/${tenant.front}/${tenant.host}`,
            key: keys.front(tenant.front, tenant.name, signal.probe.name),
            every: signal.probe.every,
            deadlineMs: signal.probe.deadlineMs,
          };
  }
}
