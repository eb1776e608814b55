import type { Environment, Hosting } from '#estate/schema.ts';
import type { UnknownReason } from '#systems/source.ts';

export type Layer = 'platform' | 'application' | 'business';
export const layers: readonly Layer[] = ['platform', 'application', 'business'];

export type Grade = 'ok' | 'warn' | 'critical' | 'unknown';

export type Unit = 'count' | 'percent' | 'ratio' | 'seconds' | 'milliseconds' | 'bytes' | 'none';

/** Bounds in the signal's unit. `above` is bad when the value is at or over the bound, `below` when at or under it. */
export interface Threshold {
  readonly direction: 'above' | 'below';
  readonly warn: number | null;
  readonly critical: number | null;
}

/** One signal of one tenant, as `show -o json` prints it (design §9). */
export interface SignalStatus {
  readonly name: string;
  readonly title: string;
  readonly layer: Layer;
  readonly grade: Grade;
  readonly value: number | null;
  readonly unit: Unit;
  readonly threshold: Threshold | null;
  readonly message: string;
  /** `postgres/pg-eu-1`, `kubernetes/eu-prod` …: what was asked. */
  readonly source: string;
  /** Why it is unknown; null when it is known. */
  readonly reason: UnknownReason | null;
  /** What several tenants share when this is red: the source, a node; null when it is the tenant's own. */
  readonly cause: string | null;
  /** RFC 3339 UTC of the observation behind the value; null when there never was one. */
  readonly observedAt: string | null;
}

export interface LayerStatus {
  readonly grade: Grade;
  /** The signal that decides. */
  readonly signal: string | null;
  readonly message: string;
  readonly reason: UnknownReason | null;
  readonly observedAt: string | null;
}

/** One tenant, as `status -o json` prints it. A layer with no signal that applies is null, never green. */
export interface TenantStatus {
  readonly tenant: string;
  readonly retailer: string | null;
  readonly cluster: string | null;
  readonly namespace: string | null;
  readonly environment: Environment | null;
  readonly tier: string | null;
  readonly hosting: Hosting;
  readonly grade: Grade;
  /** The layer whose signal decides the tenant's grade; null when no layer has one. */
  readonly decidedBy: Layer | null;
  readonly message: string;
  readonly layers: Readonly<Record<Layer, LayerStatus | null>>;
  /** The freeze in force, or null. */
  readonly frozen: { readonly name: string; readonly until: string; readonly reason: string | null } | null;
  readonly incident: string | null;
  readonly signals: readonly SignalStatus[];
  /** Orders per five minutes over the last hour, oldest first; null when not known or not a shop. */
  readonly orders: readonly number[] | null;
  readonly observedAt: string | null;
}

/** Several tenants hurt by one thing: said once, with the thing's name. */
export interface SharedCause {
  readonly cause: string;
  readonly signal: string;
  readonly grade: Grade;
  readonly message: string;
  readonly tenants: readonly string[];
}

export type Counts = Readonly<Record<Grade, number>>;
