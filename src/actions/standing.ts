import type { Estate, Tenant } from '#estate/estate.ts';
import type { Kind } from '#ledger/entry.ts';
import type { Ledger } from '#ledger/ledger.ts';
import type { LedgerState, OpenIncident, StandingFreeze } from '#ledger/state.ts';
import { covers, type FreezeInForce } from '#policy/decide.ts';
import { clean } from '#text/clean.ts';
import { suggest } from '#text/suggest.ts';
import { exitCodes, TillError } from '#text/till-error.ts';

// Freezes and incidents that the ledger holds open, by the names that people call them.

/** The freeze of that name whose time is not over; null when there is none. */
export function freezeNamed(name: string, state: LedgerState, now: number): StandingFreeze | null {
  return [...state.freezes.values()].find((freeze) => freeze.name === name && now < Date.parse(freeze.until)) ?? null;
}

/** What the estate's file says of its calendar, in the form of a freeze; it allows nothing. */
export function calendarFreezes({ calendar }: Pick<Estate, 'calendar'>): readonly FreezeInForce[] {
  return calendar.map(({ name, from, until, reason, scope }) => ({
    name,
    from: new Date(from).toISOString(),
    until: new Date(until).toISOString(),
    reason: reason ?? null,
    allows: [],
    isInCalendar: true,
    scope: {
      tenants: scope?.tenants ?? [],
      tiers: scope?.tiers ?? [],
      environments: scope?.environments ?? [],
      clusters: [],
      retailers: [],
    },
  }));
}

/** The tenants that a scope covers, as they are known now. */
export function coveredBy(scope: FreezeInForce['scope'], tenants: readonly Tenant[]): readonly Tenant[] {
  return tenants.filter(({ name, environment, tier, cluster, retailer }) =>
    covers(scope, { tenant: name, environment, tier, cluster, retailer }),
  );
}

/** `12 tenants: a, b, c and 9 more`. */
export function countedNames(tenants: readonly Tenant[]): string {
  const shown = 12;
  const names = tenants.slice(0, shown).map(({ name }) => name);
  const rest = tenants.length - names.length;
  return `${tenants.length} ${tenants.length === 1 ? 'tenant' : 'tenants'}: ${names.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

/** By name, by id, or by the beginning of an id. Throws TillError (exit 2) when no open incident is called that. */
export function incidentNamed(text: string, { incidents }: LedgerState): OpenIncident {
  const open = [...incidents.values()];
  const found = open.filter(({ name, incident }) => name === text || incident.startsWith(text.toUpperCase()));
  const [only] = found;
  if (only !== undefined && found.length === 1) {
    return only;
  }
  const meant = suggest(
    text,
    open.map(({ name }) => name),
  );
  throw new TillError(
    only === undefined
      ? `no open incident is called "${clean(text)}"`
      : `"${clean(text)}" means more than one incident`,
    {
      exit: exitCodes.usage,
      reason: 'unknown-incident',
      target: clean(text),
      next: meant === undefined ? 'till incidents lists them' : `did you mean "${meant}"?`,
    },
  );
}

/** As `incidentNamed`, also when it is closed: the id of the newest that is called so. Throws TillError (exit 2). */
export async function anyIncidentNamed(text: string, ledger: Ledger): Promise<string> {
  for await (const { incident, params } of ledger.newest({ kind: 'incident', phase: 'open' })) {
    if (incident !== null && (params['name'] === text || incident.startsWith(text.toUpperCase()))) {
      return incident;
    }
  }
  throw new TillError(`no incident is called "${clean(text)}"`, {
    exit: exitCodes.usage,
    reason: 'unknown-incident',
    target: clean(text),
    next: 'till incidents lists them',
  });
}

/** Whether an operation's own entry of this kind is in the ledger: the ledger is the target, so that is proof. */
export async function isRecorded(ledger: Ledger, operation: string, kind: Kind): Promise<'applied' | 'absent'> {
  for await (const _entry of ledger.newest({ operation, kind, limit: 1 })) {
    return 'applied';
  }
  return 'absent';
}
