import type { CatalogueEntry } from '#backups/catalogue.ts';
import type { BackupProof, ProofLevel } from '#backups/manifest.ts';
import type { Estate, Tenant } from '#estate/estate.ts';
import type { JsonObject } from '#ledger/canonical.ts';
import type { LedgerEntry } from '#ledger/entry.ts';
import { timeOf } from '#ledger/ulid.ts';
import { type DrillCheck, type DrillKind, drilledIn } from './result.ts';

/** A drill as `till drills` lists it (kind `DrillList`): fields are added, never renamed or dropped; unknown is null. */
export interface DrillRow {
  readonly operation: string;
  readonly tenant: string;
  readonly kind: DrillKind;
  readonly status: 'ok' | 'failed' | 'unknown' | 'running';
  readonly backup: string | null;
  /** RFC 3339. */
  readonly startedAt: string;
  /** Seconds: measured, and what the tier promises now. */
  readonly rto: number | null;
  readonly rpo: number | null;
  readonly rtoTarget: number | null;
  readonly rpoTarget: number | null;
  readonly seconds: Readonly<Record<string, number>>;
  readonly level: ProofLevel | null;
  readonly checks: readonly DrillCheck[];
  readonly message: string | null;
}

type Measured = Omit<DrillRow, 'rtoTarget' | 'rpoTarget'>;

/** What a drill's proof in the store says of it; null for a proof that another action wrote. */
export function rowOfProof(proof: BackupProof): Measured | null {
  const { operation, tenant, backup, at, rto, rpo, seconds, level, checks } = proof;
  // A drill says how it was cleared away; a restore that stays has nothing of the kind.
  if (!checks.some(({ check }) => check === 'clean-up')) {
    return null;
  }
  const failed = checks.filter(({ status }) => status === 'failed');
  // The proof was dated before the clearing.
  const { 'clean-up': _clearing, ...phases } = seconds;
  const total = Object.values(phases).reduce((sum, one) => sum + one, 0);
  return {
    ...{ operation, tenant, backup, rto, rpo, seconds, checks, kind: 'restore' },
    status: failed.length > 0 || proof.status === 'failed' ? 'failed' : 'ok',
    startedAt: new Date(Date.parse(at) - total * 1000).toISOString(),
    level: proof.status === 'ok' ? level : null,
    message: failed.length > 0 ? failed.map(({ check, message }) => `${check}: ${message}`).join('; ') : null,
  };
}

/** Drills by what the ledger says of them, a row for each tenant that felt it; one that ended before it measured anything too. */
export function rowsOfEntries(entries: readonly LedgerEntry[]): readonly Measured[] {
  return [...Map.groupBy(entries, ({ operation }) => operation)].flatMap(([operation, all]) =>
    operation === null ? [] : rowsOfOperation(operation, all),
  );
}

function rowsOfOperation(operation: string, all: readonly LedgerEntry[]): readonly Measured[] {
  const intent = all.find(({ phase }) => phase === 'intent');
  const end = all.find(({ phase }) => phase === 'outcome' || phase === 'reconciled')?.outcome ?? null;
  if (intent === undefined || end?.status === 'refused') {
    // Nothing was rehearsed.
    return [];
  }
  const told = all.map(({ params }) => drilledIn((params['details'] ?? {}) as JsonObject)).find((one) => one !== null);
  const { target } = intent;
  return (target?.tenants ?? []).map((tenant): Measured => {
    if (told !== undefined) {
      return { operation, tenant, ...told };
    }
    return {
      ...{ operation, tenant, kind: intent.params['kind'] === 'failover' ? 'failover' : 'restore' },
      ...{ status: statusOf(end?.status), backup: target?.kind === 'backup' ? target.name : null },
      ...{ startedAt: new Date(timeOf(operation)).toISOString(), rto: null, rpo: null, seconds: {} },
      ...{ level: null, checks: [], message: end?.message ?? null },
    };
  });
}

function statusOf(ended: string | undefined): DrillRow['status'] {
  switch (ended) {
    case undefined:
      return 'running';
    case 'ok':
    case 'failed':
      return ended;
    case 'absent':
      return 'failed';
    default:
      return 'unknown';
  }
}

/** One row a drill and tenant, newest first. The ledger measured what a proof holds and more; a proof is there when the ledger is pruned. */
export function drillRows(
  sources: { readonly backups: readonly CatalogueEntry[]; readonly entries: readonly LedgerEntry[] },
  tenants: readonly Pick<Tenant, 'name' | 'tier'>[],
  { tiers }: Pick<Estate, 'tiers'>,
): readonly DrillRow[] {
  const rows = new Map<string, Measured>();
  const keyOf = ({ operation, tenant }: Measured) => `${operation} ${tenant}`;
  for (const row of sources.backups.flatMap(({ proofs }) => proofs.map(rowOfProof)).filter((one) => one !== null)) {
    rows.set(keyOf(row), row);
  }
  for (const row of rowsOfEntries(sources.entries)) {
    rows.set(keyOf(row), joined(row, rows.get(keyOf(row))));
  }
  const tierOf = new Map(tenants.map(({ name, tier }) => [name, tier === null ? undefined : tiers[tier]]));
  return [...rows.values()]
    .filter(({ tenant }) => tierOf.has(tenant))
    .map((row) => {
      const tier = tierOf.get(row.tenant);
      return { ...row, rtoTarget: tier?.rto ?? null, rpoTarget: tier?.rpo ?? null };
    })
    .toSorted((a, b) => Date.parse(b.startedAt) - Date.parse(a.startedAt) || (a.operation < b.operation ? 1 : -1));
}

/** A process that died after its proof: measured by the proof, and whether all was cleared away is for the next drill to see. */
function joined(row: Measured, proven: Measured | undefined): Measured {
  if (proven === undefined || row.checks.length > 0) {
    return row;
  }
  return {
    ...proven,
    status: proven.status === 'failed' ? 'failed' : row.status,
    message: row.message ?? proven.message,
  };
}
