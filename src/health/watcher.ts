import type { Estate, Tenant } from '#estate/estate.ts';
import type { PodRow, WorkloadRow } from '#systems/kubernetes/rows.ts';
import type { SourceState } from '#systems/source.ts';
import type { Marks } from './marks.ts';
import type { Counts, Layer, SharedCause, TenantStatus } from './status.ts';

/** The estate as it is known now. Immutable; a new one is made when something has changed. */
export interface Picture {
  readonly estate: { readonly id: string; readonly name: string; readonly mode: Estate['mode'] };
  /** When this picture was made, epoch milliseconds. */
  readonly at: number;
  /** Worst first, then by name. */
  readonly tenants: readonly TenantStatus[];
  readonly counts: Counts;
  readonly sources: readonly SourceState[];
  readonly causes: readonly SharedCause[];
  /** False until every source has answered or is known to have failed. */
  readonly settled: boolean;
}

/** A backend of a tenant's database with what it waits for, for the lock tree. */
export interface SessionRow {
  readonly pid: number;
  readonly database: string | null;
  readonly user: string | null;
  readonly application: string | null;
  readonly client: string | null;
  readonly state: string | null;
  readonly wait: string | null;
  readonly transactionSeconds: number | null;
  readonly stateSeconds: number | null;
  readonly blockedBy: readonly number[];
  readonly query: string;
}

export interface CronRow {
  readonly id: number;
  readonly name: string;
  readonly nextCall: string | null;
  readonly lastCall: string | null;
  readonly lateSeconds: number;
  readonly failures: number | null;
}

export interface QueueRow {
  readonly state: string;
  readonly channel: string;
  readonly count: number;
  readonly oldestSeconds: number | null;
}

/** What a tenant's own screen shows beyond its signals. A part that could not be read says why in its place. */
export type Part<T> =
  | { readonly state: 'ready'; readonly rows: readonly T[]; readonly observedAt: number }
  | { readonly state: 'loading' }
  | { readonly state: 'unknown'; readonly reason: string; readonly message: string };

export interface TenantDetail {
  readonly tenant: Tenant;
  readonly status: TenantStatus;
  readonly workloads: Part<WorkloadRow>;
  readonly pods: Part<PodRow>;
  readonly sessions: Part<SessionRow>;
  readonly crons: Part<CronRow>;
  readonly queue: Part<QueueRow>;
}

export interface Watcher {
  /** The newest picture; the same object until something changes. Cheap. */
  picture(): Picture;
  /** Every tenant found so far, chosen or not. */
  known(): readonly Tenant[];
  /** Called after changes, at most a few times a second. Returns the way to stop. */
  subscribe(listener: () => void): () => void;
  /** Says which tenant's own screen is open, so that it is read more often and in detail; null for none. */
  focus(tenant: string | null): void;
  /** The focused tenant in detail; null for any other. */
  detail(): TenantDetail | null;
  /** Reads everything once and resolves when each probe has answered or passed its deadline. */
  sweep(): Promise<Picture>;
  close(): Promise<void>;
}

export interface WatcherOptions {
  readonly estate: Estate;
  /** Only these layers' signals are read; all by default. */
  readonly layers?: readonly Layer[];
  /** Which of the tenants found are meant; all by default. What it throws, `sweep` throws. */
  readonly choose?: (tenants: readonly Tenant[]) => readonly Tenant[];
  /** What people have set beside the calendar; asked every few seconds. While it fails, what was known last stands. */
  readonly marks?: () => Promise<Marks>;
}

export type { PodRow, WorkloadRow } from '#systems/kubernetes/rows.ts';
export type { SourceState } from '#systems/source.ts';
