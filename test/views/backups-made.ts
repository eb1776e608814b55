import type { BackupsView, DrillRow } from '#actions/desk/backups-port.ts';
import type { CatalogueEntry } from '#backups/catalogue.ts';
import type { BackupProof, Manifest } from '#backups/manifest.ts';
import type { OtherBackup } from '#backups/others/other.ts';
import type { BackupsPicture } from '#backups/read-backups.ts';
import { standingOf } from '#backups/standing.ts';
import { ago, blackFriday } from './makers.ts';

const hour = 3_600;
export const day = 24 * hour;

/** Tiers as an estate has them, and what the desk says of them. */
const tiers = {
  critical: tier(hour, 30 * 60, 7 * day),
  standard: tier(day, 2 * hour, 30 * day),
  basic: tier(7 * day, null, null),
};

function tier(rpo: number, rto: number | null, drill: number | null) {
  return {
    ...{ rpo, ...(rto === null ? {} : { rto }), approvals: 0, thresholds: {} },
    backup: { every: rpo, ...(drill === null ? {} : { drill }) },
  };
}

export function aProof(change: Partial<BackupProof> = {}): BackupProof {
  return {
    ...{ apiVersion: 'till/v1', kind: 'BackupProof', backup: '01JDC0000000000000000000B1', tenant: 'maple-toys' },
    ...{ operation: '01JDC0000000000000000000P1', level: 'restored', status: 'ok', at: ago(2 * day) },
    seconds: { fetch: 12, restore: 130, filestore: 18, neutralise: 2, verify: 21 },
    checks: [{ check: 'tables', status: 'ok', message: '412 of 412 tables, 9,120 rows' }],
    ...{ rto: 183, rpo: 2_400, manifest: 'a'.repeat(64) },
    ...change,
  };
}

export function aCatalogueEntry(
  tenant: string,
  seconds: number,
  { manifest, ...change }: Partial<Omit<CatalogueEntry, 'manifest'>> & { readonly manifest?: Partial<Manifest> } = {},
): CatalogueEntry {
  const at = ago(seconds);
  const backup = change.backup ?? `01JDC${String(seconds).padStart(19, '0')}B1`;
  return {
    ...{ tenant, backup, sha256: 'a'.repeat(64), signature: 'good', size: 1_288_490_189, missing: [] },
    ...{ proofs: [], level: 'recorded', failed: null },
    ...change,
    manifest: {
      ...{ apiVersion: 'till/v1', kind: 'BackupManifest', backup, tenant, estate: 'nordic', till: '0.1.0' },
      ...{ snapshotAt: at, startedAt: at, endedAt: at },
      database: {
        ...{ name: tenant.replaceAll('-', '_'), server: 'pg-1', serverVersion: '15.18', dumpVersion: '15.18' },
        ...{ format: 'custom', size: 4_294_967_296, encoding: 'UTF8', collation: 'C.UTF-8', sha256: '0'.repeat(64) },
        ...{ dumped: 0, parts: [], tables: 412, indexes: 903, constraints: 811, counted: [] },
      },
      filestore: {
        ...{ files: 20_000, size: 2_147_483_648, packs: [], added: 0, missing: [] },
        index: { key: 'backups/x/index', size: 1, sha256: '0'.repeat(64) },
      },
      configuration: null,
      odoo: { series: '17.0', modules: { sale: '17.0.1.0' }, images: {} },
      encryption: { format: 'age', recipients: [] },
      ...manifest,
    },
  };
}

export function anOther(tenant: string, seconds: number, change: Partial<OtherBackup> = {}): OtherBackup {
  return {
    ...{ source: 'cloudnative-pg', name: 'pg-main-20261127', place: 'eu-prod/shops/pg-main', tenants: [tenant] },
    ...{ at: ago(seconds), size: 8_589_934_592, status: 'ok', message: null },
    ...change,
  };
}

/** What the desk knows of these tenants, by name and tier. */
export function aBackupsView(
  tenants: Readonly<Record<string, keyof typeof tiers | null>>,
  {
    ours = [],
    others = [],
    ...change
  }: Partial<BackupsView> & {
    readonly ours?: readonly CatalogueEntry[];
    readonly others?: readonly OtherBackup[];
    readonly wal?: BackupsPicture['wal'];
    readonly failures?: BackupsPicture['failures'];
    readonly leftovers?: BackupsPicture['leftovers'];
  } = {},
): BackupsView {
  const { wal = [], failures = [], leftovers = [], ...view } = change;
  const newest = ours.toSorted((a, b) => (a.manifest.snapshotAt < b.manifest.snapshotAt ? 1 : -1));
  return {
    ...{ readAt: blackFriday - 12_000, isReading: false, away: null, storeReadAt: blackFriday - 12_000, drills: [] },
    drillEvery: { critical: 7 * day, standard: 30 * day },
    servers: new Map(Object.keys(tenants).map((name) => [name, 'pg-1'])),
    picture: {
      remains: [],
      ...{ store: 'vault', ours: newest, leftovers, backups: others, windows: [], failures, wal },
      standings: Object.entries(tenants).map(([name, of]) =>
        standingOf(
          { name, tier: of },
          newest.filter(({ tenant }) => tenant === name),
          others.filter((other) => other.tenants.includes(name)).map(({ source, at }) => ({ source, until: at })),
          { tiers, now: blackFriday },
        ),
      ),
    },
    ...view,
  };
}

export function aDrill(tenant: string, seconds: number, change: Partial<DrillRow> = {}): DrillRow {
  return {
    ...{ operation: `01JDD${String(seconds).padStart(19, '0')}D1`, tenant, kind: 'restore', status: 'ok' },
    ...{
      startedAt: ago(seconds),
      rtoTarget: null,
      rpoTarget: null,
      backup: '01JDC0000000000000000000B1',
      level: 'restored',
      rto: 900,
      rpo: 2_400,
    },
    ...{ seconds: { fetch: 12, restore: 730, filestore: 118, neutralise: 2, verify: 38 }, checks: [], message: '' },
    ...change,
  };
}
