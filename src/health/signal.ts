import type { Tenant } from '#estate/estate.ts';
import type { RedisServer } from '#estate/schema.ts';
import type { HpaRow, Kind, NodeRow, PodRow, WorkloadRow } from '#systems/kubernetes/rows.ts';
import type { FrontReader } from '#systems/odoo/front.ts';
import type { Query, Row, ServerIdentity } from '#systems/postgres/server.ts';
import type { RedisInfo } from '#systems/redis/server.ts';
import type { UnknownReason } from '#systems/source.ts';
import type { Grade, Layer, Threshold, Unit } from './status.ts';

/**
 * What a signal says of one tenant at one time. `grade` may be left out where the threshold decides. null in place of a
 * reading means that the signal does not apply to this tenant (no POS installed, no HPA): it is then not shown at all.
 */
export interface Reading {
  /** In the signal's unit; null where there is no number to give. */
  readonly value: number | null;
  /** Left out: graded by the threshold. */
  readonly grade?: Grade;
  /** Words a person can act on: what, how much, since when, by whom. Foreign text in it is cleaned by the watcher. */
  readonly message: string;
  /** With grade `unknown`: why. */
  readonly reason?: UnknownReason;
  /** The thing that several tenants share, when that is what is wrong: `postgres/pg-eu-1`, `node/eu-prod/n3`. */
  readonly cause?: string;
}

export interface ReadContext<Observed> {
  readonly tenant: Tenant;
  /** Overrides of tier and tenant already applied. */
  readonly threshold: Threshold | null;
  /** Epoch milliseconds. */
  readonly now: number;
  /** The observation before this one, for signals made of differences; null at first, or when counters were reset. */
  readonly previous: { readonly value: Observed; readonly at: number } | null;
  /** When `observed` was observed, epoch milliseconds. */
  readonly at: number;
  /** Name of the source asked, such as `postgres/pg-eu-1`. */
  readonly source: string;
  /** What the Redis that was asked holds (estate: `redis.<name>.holds`); absent for every other source. */
  readonly holds?: RedisServer['holds'];
}

interface SignalBase<Observed> {
  /** kebab-case, stable: in JSON, in thresholds of an estate, in the ledger. */
  readonly name: string;
  /** A few words for a column: `Blocked sessions`. */
  readonly title: string;
  readonly layer: Layer;
  readonly unit: Unit;
  readonly threshold: Threshold | null;
  /** Its layer can be judged without it: being forbidden to read it does not make the layer unknown. Doctor says it. */
  readonly supplementary?: true;
  /** Tells that something is wrong and seldom why: between equals, a signal that names the cause decides. */
  readonly symptom?: true;
  /** Pure: an observation in, a reading out. */
  read(observed: Observed, context: ReadContext<Observed>): Reading | null;
}

/** The Kubernetes objects that serve one tenant. */
export interface WorkloadView {
  readonly workloads: readonly WorkloadRow[];
  readonly pods: readonly PodRow[];
  readonly hpas: readonly HpaRow[];
  /** The nodes its pods run on. Empty when nodes may not be read. */
  readonly nodes: readonly NodeRow[];
}

export interface KubernetesSignal extends SignalBase<WorkloadView> {
  readonly from: 'kubernetes';
  /** The kinds that must be live for this signal to be known. */
  readonly kinds: readonly Kind[];
}

/** A server-wide SQL read, made once for all tenants of the server. Two signals may share one (by identity). */
export interface ServerQuery<Observed> {
  readonly name: string;
  /** Seconds between two reads. */
  readonly every: number;
  /** Milliseconds. */
  readonly deadlineMs: number;
  /** SQL for this server, chosen by version and role; null when it cannot be asked there. */
  query(server: ServerIdentity): Query | null;
  parse(rows: readonly Row[], server: ServerIdentity): Observed;
}

export interface ServerSignal<Observed> extends SignalBase<Observed> {
  readonly from: 'postgres';
  readonly query: ServerQuery<Observed>;
}

/** What a tenant's database has, found by probing its catalogue once (facts: odoo.md: probe, don't assume). */
export interface Schema {
  has(table: string): boolean;
  /** True when all these columns are there. */
  hasColumns(table: string, ...columns: readonly string[]): boolean;
  /** The column's type as PostgreSQL names it (`jsonb`, `timestamp without time zone`); null when absent. */
  typeOf(table: string, column: string): string | null;
  /** Columns that are there and that our role may not read. */
  forbidden(table: string, columns: readonly string[]): readonly string[];
}

/** A read in the tenant's own database. */
export interface DatabaseQuery<Observed> {
  readonly name: string;
  readonly every: number;
  readonly deadlineMs: number;
  /** Every table and column it may touch, in any version: what `estate grants` prints and what is probed. */
  readonly columns: Readonly<Record<string, readonly string[]>>;
  /** SQL for this schema; null when it does not apply (the module is not installed). */
  query(schema: Schema, tenant: Tenant): Query | null;
  parse(rows: readonly Row[]): Observed;
}

export interface DatabaseSignal<Observed> extends SignalBase<Observed> {
  readonly from: 'database';
  readonly query: DatabaseQuery<Observed>;
}

export interface RedisSignal extends SignalBase<RedisInfo> {
  readonly from: 'redis';
  /** Seconds between two reads of INFO; all signals share one read. */
  readonly every: number;
}

/** A question to the HTTP front with the tenant's Host. */
export interface FrontProbe<Observed> {
  readonly name: string;
  readonly every: number;
  readonly deadlineMs: number;
  /** Loads the tenant's registry, so a sleeping tenant must not be asked (design §3). */
  readonly wakes: boolean;
  ask(front: FrontReader, tenant: Tenant & { readonly host: string }, deadlineMs: number): Promise<Observed>;
}

export interface FrontSignal<Observed> extends SignalBase<Observed> {
  readonly from: 'front';
  readonly probe: FrontProbe<Observed>;
}

export type Signal =
  | KubernetesSignal
  | ServerSignal<unknown>
  | DatabaseSignal<unknown>
  | RedisSignal
  | FrontSignal<unknown>;

/** Keep the observation's type inside the file that knows it: the watcher only carries it from `parse` to `read`. */
export function serverSignal<Observed>(signal: Omit<ServerSignal<Observed>, 'from'>): Signal {
  return { from: 'postgres', ...signal } as ServerSignal<unknown>;
}
export function databaseSignal<Observed>(signal: Omit<DatabaseSignal<Observed>, 'from'>): Signal {
  return { from: 'database', ...signal } as DatabaseSignal<unknown>;
}
export function frontSignal<Observed>(signal: Omit<FrontSignal<Observed>, 'from'>): Signal {
  return { from: 'front', ...signal } as FrontSignal<unknown>;
}
export function redisSignal(signal: Omit<RedisSignal, 'from'>): Signal {
  return { from: 'redis', ...signal };
}
export function kubernetesSignal(signal: Omit<KubernetesSignal, 'from'>): Signal {
  return { from: 'kubernetes', ...signal };
}
