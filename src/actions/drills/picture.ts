import { readCatalogue } from '#backups/catalogue.ts';
import { trustedKeys } from '#backups/read-backups.ts';
import { standingOf } from '#backups/standing.ts';
import type { Tenant } from '#estate/estate.ts';
import { stateFolder } from '#health/state-folder.ts';
import type { LedgerEntry } from '#ledger/entry.ts';
import type { Ledger } from '#ledger/ledger.ts';
import { ReadFailure } from '#systems/source.ts';
import { clean } from '#text/clean.ts';
import { type ActContext, type ContextOptions, openContext } from '../context.ts';
import { type DrillRow, drillRows } from './rows.ts';

/** What a tenant's tier asks of it, and how it stands. */
export interface DrillStanding {
  readonly tenant: string;
  readonly tier: string | null;
  /** RFC 3339: when the last good restore was proven, and when the next is due; null: never, and not asked for. */
  readonly provenAt: string | null;
  readonly dueAt: string | null;
  /** Of its newest restore drill and its newest failover drill. */
  readonly last: readonly DrillRow[];
  /** What is not as the tier asks; empty when all is. */
  readonly wrong: readonly string[];
}

export interface DrillsPicture {
  /** Newest first. */
  readonly rows: readonly DrillRow[];
  readonly standings: readonly DrillStanding[];
  readonly failures: readonly { readonly source: string; readonly message: string }[];
}

/** Drills of these tenants, from the proofs in the store and from the ledger; opens what that needs, and closes it. */
export async function drillsPicture(
  options: Pick<ContextOptions, 'estate' | 'clock' | 'env' | 'tenants'>,
  chosen: readonly Tenant[],
): Promise<DrillsPicture> {
  const context = openContext({ ...options, write: false, statuses: [] });
  try {
    const kept = stateFolder(options.estate.id, options.env);
    const [{ backups, failures }, entries] = await Promise.all([
      ownBackups(context, chosen, kept),
      drillEntries(context.ledger),
    ]);
    const rows = drillRows({ backups, entries }, chosen, options.estate);
    const now = options.clock.now();
    const byTenant = Map.groupBy(rows, ({ tenant }) => tenant);
    return {
      ...{ rows, failures },
      standings: chosen.map((tenant) => {
        const own = backups.filter((backup) => backup.tenant === tenant.name);
        const { drillDueAt } = standingOf(tenant, own, [], { tiers: options.estate.tiers, now });
        return drillStanding(tenant, drillDueAt, byTenant.get(tenant.name) ?? [], now);
      }),
    };
  } finally {
    await context.close();
  }
}

/** How a tenant's newest drills hold against its tier. What was not measured is not met. */
export function drillStanding(
  { name, tier }: Pick<Tenant, 'name' | 'tier'>,
  dueAt: string | null,
  rows: readonly DrillRow[],
  now: number,
): DrillStanding {
  const ended = rows.filter(({ status }) => status !== 'running');
  const last = (['restore', 'failover'] as const).flatMap((kind) => ended.find((row) => row.kind === kind) ?? []);
  const good = ended.find(({ kind, status }) => kind === 'restore' && status === 'ok');
  return {
    ...{ tenant: name, tier, dueAt, last, provenAt: good?.startedAt ?? null },
    wrong: [
      ...(dueAt !== null && Date.parse(dueAt) <= now
        ? [good === undefined ? 'no restore was ever proven' : `a drill is owed since ${dueAt}`]
        : []),
      ...last.flatMap(wrongWith),
    ],
  };
}

function wrongWith(row: DrillRow): readonly string[] {
  const { kind, status, rto, rpo, rtoTarget, rpoTarget } = row;
  if (status !== 'ok') {
    return [`the last ${kind} drill ${status === 'failed' ? 'failed' : 'is not known to have ended well'}`];
  }
  const missed = (what: string, measured: number | null, target: number | null) =>
    target === null || (measured !== null && measured <= target)
      ? []
      : [
          `the last ${kind} drill ${measured === null ? `measured no ${what}` : `missed its ${what}: ${measured}s of ${target}s`}`,
        ];
  return [...missed('RTO', rto, rtoTarget), ...missed('RPO', rpo, rpoTarget)];
}

async function ownBackups(context: ActContext, chosen: readonly Tenant[], kept: ReturnType<typeof stateFolder>) {
  const name = context.estate.backups?.store;
  if (name === undefined) {
    return { backups: [], failures: [] };
  }
  try {
    const store = await context.store(name);
    const tenants = chosen.map((tenant) => tenant.name);
    const { backups } = await readCatalogue({ store, kept, tenants, trusted: await trustedKeys(context) });
    return { backups, failures: [] };
  } catch (error) {
    if (!(error instanceof ReadFailure)) {
      throw error;
    }
    return { backups: [], failures: [{ source: `store ${name}`, message: clean(error.message) }] };
  }
}

/** Everything that the ledger has on drills. */
export async function drillEntries(ledger: Ledger): Promise<readonly LedgerEntry[]> {
  const entries: LedgerEntry[] = [];
  for await (const entry of ledger.entries({ kind: 'operation', action: 'drill' })) {
    entries.push(entry);
  }
  return entries;
}
