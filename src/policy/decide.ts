import type { PolicyBlocker } from './refusal.ts';

/** What policy looks at. Values only: no clock, no network. */
export interface Question {
  readonly action: string;
  readonly danger: 'mild' | 'moderate' | 'severe';
  /** An action that takes a restriction back (thaw, wake, throttle off) or only records (incident) is never frozen out. */
  readonly deescalates: boolean;
  /** Reads as a write to systems: false for freeze, thaw, incident, which change till's own record only. */
  readonly writesToSystems: boolean;
  readonly mode: 'READ-ONLY' | 'READ-WRITE';
  readonly reason: string | null;
  /** Epoch milliseconds. */
  readonly now: number;
  readonly targets: readonly {
    readonly tenant: string;
    readonly environment: string | null;
    readonly tier: string | null;
    readonly cluster: string | null;
    readonly retailer: string | null;
  }[];
  readonly freezes: readonly FreezeInForce[];
  /** Open operations that touch a target. */
  readonly busy: readonly {
    readonly operation: string;
    readonly action: string;
    readonly tenants: readonly string[];
  }[];
  readonly incidents: readonly {
    readonly incident: string;
    readonly name: string;
    readonly severity: 'SEV1' | 'SEV2' | 'SEV3';
    readonly tenants: readonly string[];
    readonly joined: readonly string[];
  }[];
}

export interface FreezeInForce {
  readonly name: string;
  /** RFC 3339 UTC. */
  readonly from: string;
  readonly until: string;
  readonly reason: string | null;
  /** Actions that stay allowed. */
  readonly allows: readonly string[];
  readonly scope: {
    readonly tenants: readonly string[];
    readonly tiers: readonly string[];
    readonly environments: readonly string[];
    readonly clusters: readonly string[];
    readonly retailers: readonly string[];
  };
}

/** Everything that says no, worst reason first; empty is allow. */
export type Decide = (question: Question) => readonly PolicyBlocker[];
