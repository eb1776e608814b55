import type { BackupsView } from '#actions/desk/backups-port.ts';
import type { CatalogueEntry } from '#backups/catalogue.ts';
import type { ProofLevel } from '#backups/manifest.ts';
import { type BackupRow, rowsOf } from '#backups/rows.ts';
import type { TenantStanding } from '#backups/standing.ts';
import type { WalArchive } from '#backups/wal.ts';
import type { backupSigns } from '#themes/glyphs.ts';
import type { ConsoleState } from '../state/state.ts';

/** How a tenant stands at this very moment: what was read is judged anew, because time goes on between two looks. */
export interface StandingRow {
  readonly tenant: string;
  readonly tier: string | null;
  readonly sign: keyof typeof backupSigns;
  /** Seconds since the newest point that could be brought back; null where there is none, or nobody knows. */
  readonly age: number | null;
  readonly rpo: number | null;
  /** `till`, or whose it is. */
  readonly source: string | null;
  /** Its newest backup, whoever made it. */
  readonly newest: BackupRow | null;
  /** Every backup of it, newest first. */
  readonly backups: readonly BackupRow[];
  readonly lastProof: { readonly level: ProofLevel; readonly age: number } | null;
  /** Seconds since one of its backups was restored by a rehearsal; null: never. */
  readonly drillAge: number | null;
  /** How old that may be; null where the tier does not say. */
  readonly drillEvery: number | null;
  readonly isDrillOwed: boolean;
  /** Seconds until the next backup is owed, negative since then; null where no schedule is. */
  readonly dueIn: number | null;
  readonly wal: WalArchive | null;
}

const ranks: readonly StandingRow['sign'][] = ['late', 'owed', 'unknown', 'loading', 'met', 'none'];

/** Those that stand worst first; nobody is left out. */
export function standingRows({ backups, now, estate: { tiers } }: ConsoleState): readonly StandingRow[] {
  if (backups?.picture == null) {
    return none;
  }
  // A row changes with the minute at most: everything in it is minutes, hours and days.
  const slice = Math.floor(now / 10_000);
  if (last.view !== backups || last.slice !== slice || last.tiers !== tiers) {
    last = { view: backups, slice, tiers, rows: rowsAt(backups, now, tiers) };
  }
  return last.rows;
}

const none: readonly StandingRow[] = [];
let last: {
  readonly view: BackupsView | null;
  readonly slice: number;
  readonly tiers: readonly string[];
  readonly rows: readonly StandingRow[];
} = { view: null, slice: Number.NaN, tiers: [], rows: none };

export function standingRow(state: ConsoleState, tenant: string): StandingRow | undefined {
  return standingRows(state).find((row) => row.tenant === tenant);
}

function rowsAt(view: BackupsView, now: number, tiers: readonly string[]): readonly StandingRow[] {
  const { picture } = view;
  if (picture === null) {
    return none;
  }
  const backups = Map.groupBy(rowsOf(picture, now), ({ tenant }) => tenant);
  const ours = Map.groupBy(picture.ours, ({ tenant }) => tenant);
  const wal = new Map(picture.wal.map((archive) => [archive.server, archive]));
  const rows = picture.standings.map((standing) => {
    const server = view.servers.get(standing.tenant);
    return rowOf(standing, {
      ...{ view, now, backups: backups.get(standing.tenant) ?? [], ours: ours.get(standing.tenant) ?? [] },
      wal: server === undefined ? null : (wal.get(server) ?? null),
    });
  });
  const rank = ({ tier }: StandingRow) => (tier === null || !tiers.includes(tier) ? tiers.length : tiers.indexOf(tier));
  return rows.sort(
    (a, b) =>
      ranks.indexOf(a.sign) - ranks.indexOf(b.sign) ||
      Number(b.isDrillOwed) - Number(a.isDrillOwed) ||
      rank(a) - rank(b) ||
      overdue(b) - overdue(a) ||
      (a.tenant < b.tenant ? -1 : 1),
  );
}

/** How many times what is promised; a tenant with nothing at all is the worst of its tier. */
function overdue({ age, rpo }: StandingRow): number {
  return age === null ? Number.MAX_VALUE : rpo === null ? 0 : age / rpo;
}

function rowOf(
  standing: TenantStanding,
  {
    view,
    now,
    backups,
    ours,
    wal,
  }: {
    readonly view: BackupsView;
    readonly now: number;
    readonly backups: readonly BackupRow[];
    readonly ours: readonly CatalogueEntry[];
    readonly wal: WalArchive | null;
  },
): StandingRow {
  const { tenant, tier, recoveryPoint, rpo, lastProof, nextDueAt } = standing;
  const since = (at: string) => Math.max(0, (now - Date.parse(at)) / 1000);
  const age = recoveryPoint === null ? null : since(recoveryPoint);
  // Our own store was never seen: nobody can say that there is nothing in it.
  const isBlind = view.away !== null && view.storeReadAt === null;
  const dueIn = nextDueAt === null ? null : standing.backup === null ? 0 : (Date.parse(nextDueAt) - now) / 1000;
  const isMet = rpo === null || (age !== null && age <= rpo);
  const drill = ours
    .flatMap(({ proofs }) => proofs)
    .filter(({ status, level }) => status === 'ok' && (level === 'restored' || level === 'served'))
    .reduce<number | null>((least, { at }) => Math.min(least ?? Number.MAX_VALUE, since(at)), null);
  const drillEvery = (tier === null ? undefined : view.drillEvery[tier]) ?? null;
  return {
    ...{ tenant, tier, age, rpo, source: standing.recoverySource, newest: backups[0] ?? null, backups, wal, dueIn },
    sign:
      isBlind && (!isMet || rpo === null)
        ? 'unknown'
        : !isMet
          ? 'late'
          : dueIn !== null && dueIn <= 0
            ? 'owed'
            : rpo === null && dueIn === null
              ? 'none'
              : 'met',
    lastProof: lastProof === null ? null : { level: lastProof.level, age: since(lastProof.at) },
    ...{ drillAge: drill, drillEvery },
    // Nothing can be rehearsed before there is something.
    isDrillOwed: drillEvery !== null && standing.backup !== null && (drill === null || drill > drillEvery),
  };
}
