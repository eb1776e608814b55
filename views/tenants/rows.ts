import type { TenantStatus } from '#health/status.ts';
import type { ConsoleState, Sort } from '../state/state.ts';
import { parseFilter } from './filter.ts';

/** The tenants that are shown, in the order they are shown in. The same array until something it is made of changes. */
export function shownTenants({ picture, tenants: { sort, filter }, estate: { tiers } }: ConsoleState) {
  const all = picture?.tenants ?? none;
  if (last.all !== all || last.filter !== filter || last.sort !== sort) {
    last = {
      all,
      filter,
      sort,
      shown: sorted(filter === '' ? all : all.filter(parseFilter(filter).matches), sort, tiers),
    };
  }
  return last.shown;
}

const none: readonly TenantStatus[] = [];

let last: {
  readonly all: readonly TenantStatus[];
  readonly filter: string;
  readonly sort: Sort | null;
  readonly shown: readonly TenantStatus[];
} = { all: none, filter: '', sort: null, shown: none };

/** Index of the tenant that the cursor is on; the first when it is on none that is shown. */
export function cursorIndex(state: ConsoleState): number {
  const { cursor } = state.tenants;
  return cursor === null
    ? 0
    : Math.max(
        0,
        shownTenants(state).findIndex(({ tenant }) => tenant === cursor),
      );
}

export function tenantUnderCursor(state: ConsoleState): TenantStatus | undefined {
  return shownTenants(state)[cursorIndex(state)];
}

/** Orders in the last fifteen minutes: three spans of five. */
export function recentOrders({ orders }: TenantStatus): number | null {
  return orders === null ? null : orders.slice(-3).reduce((sum, count) => sum + count, 0);
}

/** The picture's own order is worst first, then by name; every other order falls back on it, because sorting is stable. */
function sorted(rows: readonly TenantStatus[], { column, reversed }: Sort, tiers: readonly string[]) {
  if (column === 'worst') {
    return reversed ? rows.toReversed() : rows;
  }
  const rank = ({ tier }: TenantStatus) => {
    const place = tier === null ? -1 : tiers.indexOf(tier);
    return place === -1 ? tiers.length : place;
  };
  const age = ({ observedAt }: TenantStatus) => (observedAt === null ? 0 : Date.parse(observedAt));
  const orders = (row: TenantStatus) => recentOrders(row) ?? -1;
  const compare = {
    name: (a: TenantStatus, b: TenantStatus) => (a.tenant < b.tenant ? -1 : a.tenant > b.tenant ? 1 : 0),
    tier: (a: TenantStatus, b: TenantStatus) => rank(a) - rank(b) || (a.tier ?? '').localeCompare(b.tier ?? ''),
    orders: (a: TenantStatus, b: TenantStatus) => orders(b) - orders(a),
    age: (a: TenantStatus, b: TenantStatus) => age(a) - age(b),
  }[column];
  return rows.toSorted(reversed ? (a, b) => compare(b, a) : compare);
}
