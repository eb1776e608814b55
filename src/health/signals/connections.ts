import { type Connections, connections } from '../queries/connections.ts';
import { amount, brief } from '../reading.ts';
import { serverSignal } from '../signal.ts';

/** Of the server's places, or of the database's own limit, whichever is nearer to full. */
export const signal = serverSignal<Connections>({
  name: 'connections',
  title: 'Connections',
  layer: 'platform',
  unit: 'percent',
  threshold: { direction: 'above', warn: 80, critical: 95 },
  query: connections,
  read(observed, { tenant, source }) {
    const server = percent(observed.used, observed.usable);
    const own = ownOf(observed, tenant.database);
    if (own?.open === false) {
      return {
        value: 100,
        grade: 'critical',
        message: `database ${brief(tenant.database ?? '')} takes no connections`,
      };
    }
    const ownShare = own?.limit == null ? 0 : percent(own.used, own.limit);
    if (own?.limit != null && ownShare >= server) {
      return {
        value: ownShare,
        message: `${amount(own.used)} of this database's ${amount(own.limit)} connections used`,
      };
    }
    return {
      value: server,
      message: `${amount(observed.used)} of ${amount(observed.usable)} connections used${most(observed)}`,
      cause: source,
    };
  },
});

function ownOf({ databases }: Connections, name: string | null) {
  return name !== null && Object.hasOwn(databases, name) ? databases[name] : undefined;
}

function percent(used: number, places: number): number {
  return places === 0 ? 100 : Math.round((used / places) * 100);
}

function most({ databases }: Connections): string {
  const worst = Object.entries(databases).toSorted(([, a], [, b]) => b.used - a.used)[0];
  return worst === undefined || worst[1].used === 0 ? '' : `, most by ${brief(worst[0])} (${amount(worst[1].used)})`;
}
