import type { Redis } from 'ioredis';
import type { TradingDay } from '../day/trading-day.ts';
import type { SandboxKubernetes } from '../kubernetes/types.ts';
import type { Login } from '../sql.ts';
import type { SandboxTenant } from '../tenants.ts';

/** What a scenario can lay hands on. */
export interface Stage {
  readonly tenants: readonly SandboxTenant[];
  readonly kubernetes: SandboxKubernetes;
  /** The role that owns the databases and that Odoo logs in with. */
  readonly odoo: Login;
  readonly superuser: Login;
  /** As the `default` user. */
  readonly redis: Redis;
  readonly day: TradingDay;
}

/** Trouble to rehearse: real, in the systems themselves, and taken back without a trace. */
export interface Scenario {
  /** kebab-case, as it is typed. */
  readonly name: string;
  /** One line: what goes wrong. */
  readonly summary: string;
  /** The tenant when none is named; it must be lively. */
  readonly defaultTenant: (tenants: readonly SandboxTenant[], now: number) => SandboxTenant;
  /** Resolves once the trouble is there; returns the way back. */
  start(stage: Stage, tenant: SandboxTenant): Promise<() => Promise<void>>;
}

/** The first of these names that the sandbox has, else its first tenant. */
export function preferring(...names: readonly string[]): Scenario['defaultTenant'] {
  return (tenants) => {
    const chosen = names.flatMap((name) => tenants.filter((tenant) => tenant.name === name))[0] ?? tenants[0];
    if (chosen === undefined) {
      throw new Error('a sandbox without tenants has no scenarios');
    }
    return chosen;
  };
}
