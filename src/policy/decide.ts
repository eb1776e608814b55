import { type AccessNow, grantFor, lockedOut, wayToGrant, withoutGrant } from './access/judge.ts';
import type { PolicyBlocker } from './refusal.ts';

export interface Target {
  readonly tenant: string;
  readonly environment: string | null;
  readonly tier: string | null;
  readonly cluster: string | null;
  readonly retailer: string | null;
}

export interface FreezeInForce {
  readonly name: string;
  /** RFC 3339 UTC. */
  readonly from: string;
  readonly until: string;
  readonly reason: string | null;
  /** In the estate's calendar, which no command thaws. */
  readonly isInCalendar?: boolean;
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

export interface BusyWith {
  readonly operation: string;
  readonly action: string;
  readonly tenants: readonly string[];
}

export type Environment = 'production' | 'staging' | 'development' | 'recovery';

/** Where an action may run at all, by its definition. */
export interface Allowed {
  readonly environments: readonly Environment[];
  /** What helps where it may not. */
  readonly wayOut: string;
}

/** What policy looks at. Values only: no clock, no network. */
export interface Question {
  readonly action: string;
  /** It takes a restriction back, or only records: never frozen out, never refused by mode (design §6). */
  readonly deescalates: boolean;
  /** False for what changes till's own record alone. */
  readonly writesToSystems: boolean;
  /** null: everywhere. */
  readonly allowed: Allowed | null;
  readonly mode: 'READ-ONLY' | 'READ-WRITE';
  readonly reason: string | null;
  /** Epoch milliseconds. */
  readonly now: number;
  readonly targets: readonly Target[];
  readonly freezes: readonly FreezeInForce[];
  /** Open operations, whoever runs them. */
  readonly busy: readonly BusyWith[];
  /** Of the plan; a grant may be for this one alone. */
  readonly digest: string | null;
  /** Null: nobody asked the ledger; mode alone decides. */
  readonly access: AccessNow | null;
}

/** Everything that says no; empty is allow. */
export function decide(question: Question): readonly PolicyBlocker[] {
  return [
    ...opened(question),
    ...wrongEnvironment(question),
    ...(question.deescalates ? [] : frozen(question)),
    ...(question.writesToSystems ? busy(question) : []),
    ...reasonMissing(question),
  ];
}

/** Where a policy is in force it alone says who may; else the mode does, or a grant for the time being. */
function opened(question: Question): readonly PolicyBlocker[] {
  const { access, reason } = question;
  if (access === null) {
    return readOnly(question);
  }
  const held = lockedOut(question.action, access);
  return held.length > 0
    ? held
    : access.state.policy === null
      ? readOnly(question)
      : withoutGrant(wantedBy(question), reason, access);
}

function readOnly(question: Question): readonly PolicyBlocker[] {
  const { mode, writesToSystems, deescalates, access, reason } = question;
  const wanted = wantedBy(question);
  if (!writesToSystems || deescalates || mode === 'READ-WRITE') {
    return [];
  }
  if (access !== null && grantFor(wanted, access) !== null) {
    return [];
  }
  const open = '--write opens it for this run, and the ledger says so';
  return [
    {
      word: 'read-only',
      by: 'mode READ-ONLY',
      reason: 'this estate is looked at, not written to',
      until: null,
      wayOut: access === null ? open : `${open}; or for a while: ${wayToGrant(wanted, reason, access)}`,
    },
  ];
}

function wantedBy({ action, targets, digest }: Question) {
  return { action, tenants: targets.map(({ tenant }) => tenant), plan: digest };
}

/** What nobody has named may be production. */
export function isProduction({ environment }: { readonly environment: string | null }): boolean {
  return environment === null || environment === 'production';
}

function wrongEnvironment({ action, allowed, targets }: Question): readonly PolicyBlocker[] {
  const wrong = targets.filter(
    ({ environment }) => !(allowed?.environments ?? []).some((name) => name === (environment ?? 'production')),
  );
  if (allowed === null || wrong.length === 0) {
    return [];
  }
  const unsaid = wrong.filter(({ environment }) => environment === null).map(({ tenant }) => tenant);
  const names = wrong.map(
    ({ tenant, environment }) => `${tenant} is in ${environment ?? 'production for all we know'}`,
  );
  return [
    {
      word: 'environment',
      by: `environment ${[...new Set(wrong.map(({ environment }) => environment ?? 'production'))].join(', ')}`,
      reason: `${action} is for ${allowed.environments.join(', ')} only: ${names.join(', ')}`,
      until: null,
      wayOut:
        unsaid.length === 0
          ? allowed.wayOut
          : `give ${unsaid.join(', ')} an environment in estate.yaml; in production: ${allowed.wayOut}`,
    },
  ];
}

function frozen({ action, freezes, now, targets }: Question): readonly PolicyBlocker[] {
  return freezes
    .filter(
      (freeze) =>
        Date.parse(freeze.from) <= now &&
        now < Date.parse(freeze.until) &&
        !freeze.allows.includes(action) &&
        targets.some((target) => covers(freeze.scope, target)),
    )
    .map((freeze) => ({
      word: 'freeze' as const,
      by: `freeze ${freeze.name}`,
      reason: freeze.reason === null ? `${action} is frozen` : `${action} is frozen: ${freeze.reason}`,
      until: freeze.until,
      wayOut:
        freeze.isInCalendar === true
          ? 'wait until then, or change the calendar in estate.yaml'
          : `wait until then, or till thaw ${freeze.name}`,
    }));
}

/** A tenant is covered when it is in every list that is not empty; a scope without lists covers everybody. */
export function covers(scope: FreezeInForce['scope'], target: Target): boolean {
  const within = (list: readonly string[], value: string | null) =>
    list.length === 0 || (value !== null && list.includes(value));
  return (
    within(scope.tenants, target.tenant) &&
    within(scope.tiers, target.tier) &&
    within(scope.environments, target.environment) &&
    within(scope.clusters, target.cluster) &&
    within(scope.retailers, target.retailer)
  );
}

function busy({ busy: running, targets }: Question): readonly PolicyBlocker[] {
  const names = new Set(targets.map((target) => target.tenant));
  return running
    .filter((operation) => operation.tenants.some((tenant) => names.has(tenant)))
    .map((operation) => ({
      word: 'busy' as const,
      by: `operation ${operation.operation}`,
      reason: `${operation.action} is still running on ${operation.tenants.filter((tenant) => names.has(tenant)).join(', ')}`,
      until: null,
      wayOut: `till wait ${operation.operation}`,
    }));
}

function reasonMissing({ reason, targets }: Question): readonly PolicyBlocker[] {
  const production = targets.filter(isProduction);
  return reason !== null || production.length === 0
    ? []
    : [
        {
          word: 'reason-missing',
          by: 'environment production',
          reason: 'an action in production needs a reason',
          until: null,
          wayOut: '--reason "why"',
        },
      ];
}
