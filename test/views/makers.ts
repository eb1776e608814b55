import type { Tenant } from '#estate/estate.ts';
import type { Counts, Grade, Layer, LayerStatus, SignalStatus, TenantStatus } from '#health/status.ts';
import type {
  CronRow,
  Picture,
  PodRow,
  QueueRow,
  SessionRow,
  SourceState,
  TenantDetail,
  Watcher,
  WorkloadRow,
} from '#health/watcher.ts';

/** 27 November 2026, 09:41 UTC: Black Friday. */
export const blackFriday = Date.UTC(2026, 10, 27, 9, 41, 0);

export function ago(seconds: number, now = blackFriday): string {
  return new Date(now - seconds * 1000).toISOString();
}

export function aLayer(grade: Grade, change: Partial<LayerStatus> = {}): LayerStatus {
  return { grade, signal: null, message: '', reason: null, observedAt: ago(2), ...change };
}

export function aSignal(
  change: Partial<SignalStatus> & { readonly name: string; readonly layer: Layer },
): SignalStatus {
  return {
    title: change.name.replaceAll('-', ' ').replace(/^./, (letter) => letter.toUpperCase()),
    grade: 'ok',
    value: 0,
    unit: 'count',
    threshold: null,
    message: '',
    source: 'postgres/pg-1',
    reason: null,
    cause: null,
    observedAt: ago(2),
    ...change,
  };
}

const badness: Readonly<Record<Grade, number>> = { critical: 0, unknown: 1, warn: 2, ok: 3 };

/** A tenant that is well, unless its layers say otherwise. */
export function aTenant(tenant: string, change: Partial<TenantStatus> = {}): TenantStatus {
  const layers = {
    platform: aLayer('ok'),
    application: aLayer('ok'),
    business: aLayer('ok'),
    ...change.layers,
  };
  const decided = (Object.entries(layers) as [Layer, LayerStatus | null][])
    .filter(([, status]) => status !== null)
    .sort(([, a], [, b]) => badness[a?.grade ?? 'ok'] - badness[b?.grade ?? 'ok'])[0];
  return {
    tenant,
    retailer: null,
    cluster: 'eu-prod',
    namespace: tenant,
    environment: 'production',
    tier: 'standard',
    hosting: 'dedicated',
    grade: decided?.[1]?.grade ?? 'unknown',
    decidedBy: decided?.[0] ?? null,
    message: decided?.[1]?.message ?? '',
    frozen: null,
    incident: null,
    signals: [],
    orders: [3, 4, 5, 5, 6, 7, 6, 7, 8, 8, 9, 9],
    observedAt: ago(2),
    ...change,
    layers,
  };
}

export function aSource(source: string, change: Partial<SourceState> = {}): SourceState {
  return { source, phase: 'live', lastHeardAt: blackFriday - 1000, message: null, ...change };
}

/** A picture of these tenants in the order given. */
export function aPicture(tenants: readonly TenantStatus[], change: Partial<Picture> = {}): Picture {
  const counts: Record<Grade, number> = { ok: 0, warn: 0, critical: 0, unknown: 0 };
  for (const { grade } of tenants) {
    counts[grade] += 1;
  }
  return {
    estate: { id: '7b7c3c2e-54d4-4f43-9f12-5d8d3f0d5d10', name: 'nordic', mode: 'READ-ONLY' },
    at: blackFriday,
    tenants,
    counts: counts satisfies Counts,
    sources: [
      aSource('kubernetes/eu-prod/pods'),
      aSource('postgres/pg-1'),
      aSource('redis/redis-1'),
      aSource('odoo/edge'),
    ],
    causes: [],
    settled: true,
    ...change,
  };
}

const meta = (name: string) => ({
  uid: `6f1c0000-0000-4000-8000-${name.length.toString().padStart(12, '0')}`,
  namespace: 'harbour-shoes',
  name,
  resourceVersion: '88213',
  labels: {},
  createdAt: blackFriday - 3 * 86_400_000,
});

export function aPod(name: string, change: Partial<PodRow> = {}): PodRow {
  return {
    ...meta(name),
    phase: 'Running',
    status: 'Running',
    ready: true,
    containersReady: 1,
    containers: 1,
    restarts: 0,
    lastTermination: null,
    node: 'node-3',
    startedAt: blackFriday - 3 * 86_400_000,
    deletedAt: null,
    owner: null,
    ...change,
  };
}

export function aWorkload(name: string, change: Partial<WorkloadRow> = {}): WorkloadRow {
  return {
    ...meta(name),
    kind: 'Deployment',
    generation: 1,
    observedGeneration: 1,
    replicas: 2,
    ready: 2,
    updated: 2,
    available: 2,
    paused: false,
    containers: [{ name: 'odoo', image: 'registry.example/odoo:17.0-2.4.1' }],
    conditions: [],
    selector: {},
    revision: '41',
    ...change,
  };
}

export function aSession(pid: number, change: Partial<SessionRow> = {}): SessionRow {
  return {
    pid,
    database: 'harbour_shoes',
    user: 'odoo',
    application: 'odoo-17',
    client: '10.0.3.7',
    state: 'active',
    wait: null,
    transactionSeconds: 1,
    stateSeconds: 1,
    blockedBy: [],
    query: `SELECT ${pid}`,
    ...change,
  };
}

export function aCron(id: number, name: string, change: Partial<CronRow> = {}): CronRow {
  return { id, name, nextCall: ago(-600), lastCall: ago(300), lateSeconds: 0, failures: 0, ...change };
}

export function aQueueRow(state: string, count: number, change: Partial<QueueRow> = {}): QueueRow {
  return { state, channel: 'root', count, oldestSeconds: 30, ...change };
}

export function aDetail(status: TenantStatus, change: Partial<TenantDetail> = {}): TenantDetail {
  const tenant: Tenant = {
    name: status.tenant,
    retailer: status.retailer,
    environment: status.environment,
    tier: status.tier,
    hosting: status.hosting,
    timezone: 'Europe/Stockholm',
    currency: 'SEK',
    cluster: status.cluster,
    namespace: status.namespace,
    selector: null,
    postgres: 'pg-1',
    database: status.tenant.replaceAll('-', '_'),
    redis: null,
    front: null,
    host: null,
    thresholds: {},
  };
  const loading = { state: 'loading' } as const;
  return {
    tenant,
    status,
    workloads: loading,
    pods: loading,
    sessions: loading,
    crons: loading,
    queue: loading,
    ...change,
  };
}

export function ready<Row>(...rows: readonly Row[]) {
  return { state: 'ready', rows, observedAt: blackFriday } as const;
}

export interface FakeWatcher extends Watcher {
  /** Changes what is known, and says so. */
  show(picture: Picture): void;
  showDetail(detail: TenantDetail | null): void;
  readonly focused: string | null;
}

/** A watcher that knows what it is told. */
export function aWatcher(first: Picture, detailOf: (tenant: string) => TenantDetail | null = () => null): FakeWatcher {
  const listeners = new Set<() => void>();
  let picture = first;
  let detail: TenantDetail | null = null;
  let focused: string | null = null;
  const tell = () => {
    for (const listener of listeners) {
      listener();
    }
  };
  return {
    known: () => [],
    picture: () => picture,
    detail: () => detail,
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    focus(tenant) {
      if (tenant !== focused) {
        focused = tenant;
        detail = tenant === null ? null : detailOf(tenant);
        tell();
      }
    },
    sweep: async () => picture,
    close: async () => {},
    show(next) {
      picture = next;
      tell();
    },
    showDetail(next) {
      detail = next;
      tell();
    },
    get focused() {
      return focused;
    },
  };
}
