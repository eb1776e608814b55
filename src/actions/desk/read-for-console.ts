import type { CatalogueEntry } from '#backups/catalogue.ts';
import type { BackupsPicture } from '#backups/read-backups.ts';
import type { Estate, Tenant } from '#estate/estate.ts';
import { systemClock } from '#text/clock.ts';
import { backupsPicture } from '../backups-picture.ts';
import type { DrillRow } from './backups-port.ts';
import { drillsIn } from './drills.ts';

/** What a console is told of backups and of what was rehearsed with them. */
export interface ReadBackups {
  readonly picture: BackupsPicture;
  readonly drills: readonly DrillRow[];
}

export async function readForConsole(
  estate: Estate,
  tenants: readonly Tenant[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<ReadBackups> {
  const picture = await backupsPicture({ estate, clock: systemClock, env, tenants }, tenants);
  return { picture: { ...picture, ours: picture.ours.map(slim) }, drills: drillsIn(picture.ours) };
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
