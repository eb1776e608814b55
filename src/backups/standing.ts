import type { Estate, Tenant } from '#estate/estate.ts';
import { type CatalogueEntry, isUsable } from './catalogue.ts';
import type { ProofLevel } from './manifest.ts';

/** A point to which somebody else's backups can bring a tenant back. */
export interface RecoveryWindow {
  /** `cloudnative-pg`, `pgbackrest`, `velero`, `click-odoo`, `odoo-zip`. */
  readonly source: string;
  /** RFC 3339: the newest point that can be recovered; null where it is not known. */
  readonly until: string | null;
}

/** How a tenant stands against its tier. Instants are RFC 3339 UTC, spans are seconds; null is unknown or not asked for. */
export interface TenantStanding {
  readonly tenant: string;
  readonly tier: string | null;
  /** The newest usable backup of ours. */
  readonly backup: string | null;
  readonly recoveryPoint: string | null;
  /** `till`, or whose it is. */
  readonly recoverySource: string | null;
  readonly rpo: number | null;
  /** Null where the tier promises none. */
  readonly rpoMet: boolean | null;
  /** The newest proof that ended well, of any of its backups. */
  readonly lastProof: { readonly backup: string; readonly level: ProofLevel; readonly at: string } | null;
  readonly nextDueAt: string | null;
  readonly drillDueAt: string | null;
  /** What is owed now: `backup`, `drill`. */
  readonly owed: readonly ('backup' | 'drill')[];
}

export function standingOf(
  tenant: Pick<Tenant, 'name' | 'tier'>,
  backups: readonly CatalogueEntry[],
  windows: readonly RecoveryWindow[],
  { tiers, now }: { readonly tiers: Estate['tiers']; readonly now: number },
): TenantStanding {
  const tier = tenant.tier === null ? undefined : tiers[tenant.tier];
  const usable = backups.filter(isUsable);
  const [newest] = usable;
  const points = [
    ...(newest === undefined ? [] : [{ source: 'till', until: newest.manifest.snapshotAt }]),
    ...windows.filter(({ until }) => until !== null),
  ].toSorted((a, b) => Date.parse(b.until ?? '') - Date.parse(a.until ?? ''));
  const [point] = points;
  const proofs = backups
    .flatMap(({ backup, proofs: all }) =>
      all.filter(({ status }) => status === 'ok').map((one) => ({ ...one, backup })),
    )
    .toSorted((a, b) => Date.parse(b.at) - Date.parse(a.at));
  const [proof] = proofs;
  const drill = proofs.find(({ level }) => level === 'restored' || level === 'served');
  const { every, drill: drillEvery } = tier?.backup ?? {};
  const nextDueAt = every === undefined ? null : after(newest?.manifest.snapshotAt, every, now);
  const drillDueAt = drillEvery === undefined ? null : after(drill?.at, drillEvery, now);
  const rpo = tier?.rpo ?? null;
  return {
    ...{ tenant: tenant.name, tier: tenant.tier, backup: newest?.backup ?? null },
    ...{ recoveryPoint: point?.until ?? null, recoverySource: point?.source ?? null, rpo },
    rpoMet: rpo === null ? null : point?.until != null && now - Date.parse(point.until) <= rpo * 1000,
    lastProof: proof === undefined ? null : { backup: proof.backup, level: proof.level, at: proof.at },
    nextDueAt: instantOf(nextDueAt),
    drillDueAt: instantOf(drillDueAt),
    owed: [
      ...(nextDueAt !== null && nextDueAt <= now ? (['backup'] as const) : []),
      // Nothing can be rehearsed before there is something.
      ...(drillDueAt !== null && drillDueAt <= now && newest !== undefined ? (['drill'] as const) : []),
    ],
  };
}

/** Epoch milliseconds; now where there was no last one. */
function after(last: string | undefined, seconds: number, now: number): number {
  return last === undefined ? now : Date.parse(last) + seconds * 1000;
}

function instantOf(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}
