import type { LedgerEntry } from '#ledger/entry.ts';
import type { Ledger } from '#ledger/ledger.ts';

export interface IncidentRow {
  readonly incident: string;
  readonly name: string;
  readonly severity: string;
  readonly commander: string;
  readonly joined: readonly string[];
  readonly tenants: readonly string[];
  readonly openedAt: string;
  readonly closedAt: string | null;
  readonly summary: string | null;
}

/** Every incident of the ledger, newest first, as its entries left it. */
export async function incidentsIn(ledger: Ledger, incident?: string): Promise<readonly IncidentRow[]> {
  const found = new Map<string, IncidentRow>();
  for await (const entry of ledger.entries({ kind: 'incident', ...(incident === undefined ? {} : { incident }) })) {
    const id = entry.incident ?? '';
    const row = after(entry, found.get(id));
    if (row !== null) {
      found.set(id, row);
    }
  }
  return [...found.values()].toReversed();
}

function after({ phase, at, params, incident }: LedgerEntry, row: IncidentRow | undefined): IncidentRow | null {
  const text = (key: string) => (typeof params[key] === 'string' ? params[key] : null);
  const names = (Array.isArray(params['tenants']) ? params['tenants'] : []).filter((name) => typeof name === 'string');
  if (phase === 'open') {
    return {
      ...{ incident: incident ?? '', name: text('name') ?? '', severity: text('severity') ?? '' },
      ...{ commander: text('commander') ?? '', joined: [], tenants: names },
      ...{ openedAt: at, closedAt: null, summary: null },
    };
  }
  if (row === undefined) {
    return null;
  }
  switch (phase) {
    case 'join':
      return { ...row, joined: [...new Set([...row.joined, text('person') ?? ''])] };
    case 'pin':
      return { ...row, tenants: [...new Set([...row.tenants, ...names])] };
    case 'close':
      return { ...row, closedAt: at, summary: text('summary') };
    default:
      return row;
  }
}
