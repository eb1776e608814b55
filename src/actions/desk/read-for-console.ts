import type { CatalogueEntry } from '#backups/catalogue.ts';
import type { Estate, Tenant } from '#estate/estate.ts';
import { systemClock } from '#text/clock.ts';
import { backupsPicture, type WholePicture } from '../backups-picture.ts';
import { openLedger } from '../context.ts';
import { drillEntries } from '../drills/picture.ts';
import { type DrillRow, drillRows } from '../drills/rows.ts';

/** What a console is told of backups and of what was rehearsed with them. */
export interface ReadBackups {
  readonly picture: WholePicture;
  /** Newest first. */
  readonly drills: readonly DrillRow[];
}

type Env = Readonly<Record<string, string | undefined>>;

export async function readForConsole(estate: Estate, tenants: readonly Tenant[], env: Env): Promise<ReadBackups> {
  const [picture, entries] = await Promise.all([
    backupsPicture({ estate, clock: systemClock, env, tenants }, tenants),
    entriesOf(estate, env),
  ]);
  return {
    picture: { ...picture, ours: picture.ours.map(slim) },
    drills: drillRows({ backups: picture.ours, entries }, tenants, estate),
  };
}

/** A ledger that is away takes nothing from what lies in the store; the console says by itself that it is. */
async function entriesOf(estate: Estate, env: Env): ReturnType<typeof drillEntries> {
  const ledger = openLedger(estate, systemClock, env, () => undefined);
  try {
    return await drillEntries(ledger).catch(() => []);
  } finally {
    await ledger.close();
  }
}

/** Without what only a restore needs, which is nearly all of a manifest: part by part, table by table, module by module. */
function slim(entry: CatalogueEntry): CatalogueEntry {
  const { manifest } = entry;
  const { filestore } = manifest;
  return {
    ...entry,
    manifest: {
      ...manifest,
      database: { ...manifest.database, parts: [], counted: [] },
      filestore: filestore === null ? null : { ...filestore, packs: [] },
      odoo: { ...manifest.odoo, modules: {} },
    },
  };
}
