import type { Grade } from '#health/status.ts';
import type { Json, JsonObject } from '#ledger/canonical.ts';
import type { Blocker } from '#policy/refusal.ts';

export type Danger = 'mild' | 'moderate' | 'severe';

/** One object of a system that an action would touch, pinned by uid. */
export interface PlanObject {
  readonly system: 'kubernetes' | 'postgres' | 'redis' | 'ledger' | 'storage';
  readonly cluster: string | null;
  readonly tenant: string | null;
  readonly kind: string;
  readonly namespace: string | null;
  readonly name: string;
  /** metadata.uid; for a PostgreSQL session `pid@backend_start`. null for what has none yet (it will be created). */
  readonly uid: string | null;
  /** metadata.generation as text, which the digest covers; never resourceVersion. */
  readonly version: string | null;
}

export interface Change {
  /** `Deployment maple-toys/odoo-web`: names one of the plan's objects. */
  readonly object: string;
  /** `spec.replicas`, `spec.template.spec.containers[odoo].image`. */
  readonly field: string;
  readonly before: Json;
  readonly after: Json;
  /** Who owns the field: `Argo CD maple-toys`, `HPA odoo-web`, `Helm maple`, `kubectl`; null when nobody is known to. */
  readonly owner: string | null;
}

/** The way back, while its preconditions hold: the same action with other parameters, or another. */
export interface Undo {
  readonly action: string;
  readonly params: JsonObject;
  /** A sentence: `scale web back to 2`. */
  readonly words: string;
}

/** What an action would do (design §4, JSON kind `Plan`). Made by reads alone; deterministic for one state of the world. */
export interface Plan {
  readonly action: string;
  readonly params: JsonObject;
  /** Everybody who feels it: one tenant, or all of a shared pool. */
  readonly tenants: readonly string[];
  /** What must be typed for a severe one: the tenant, or the pool. */
  readonly confirmWith: string;
  readonly digest: string;
  readonly danger: Danger;
  readonly objects: readonly PlanObject[];
  readonly changes: readonly Change[];
  readonly blockers: readonly Blocker[];
  readonly warnings: readonly string[];
  /** What would be gone for good, counted: `12 orders of 431.20 in all`. Left out by what takes nothing away. */
  readonly losses?: readonly string[];
  readonly undo: Undo | null;
  /** The kubectl or SQL lines that would do the same. */
  readonly equivalents: readonly string[];
  readonly serverChecked: 'ok' | 'refused' | 'forbidden' | null;
  readonly expectedSeconds: number | null;
  /** Grades at plan time, by tenant, to compare with afterwards. */
  readonly health: Readonly<Record<string, Grade>>;
}

/** What a definition hands back: all but what is worked out from it. */
export type PlanDraft = Pick<Plan, 'objects' | 'changes' | 'equivalents'> &
  Partial<
    Pick<Plan, 'blockers' | 'warnings' | 'losses' | 'undo' | 'expectedSeconds' | 'danger' | 'tenants' | 'confirmWith'>
  >;
