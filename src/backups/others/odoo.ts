import { open, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Tenant } from '#estate/estate.ts';
import { type Foreign, object, textOrNull } from '#systems/kubernetes/foreign.ts';
import { codeOf } from '#systems/network.ts';
import { ReadFailure } from '#systems/source.ts';
import { clean } from '#text/clean.ts';
import { each } from '../each.ts';
import { instantOf, type OtherBackup, type Others } from './other.ts';
import { zipMembers, zipText } from './zip-directory.ts';

/** The time in a name such as `maple_toys_2026-11-21_03-00-00.zip`, which is what Odoo's own pages offer; taken as UTC. */
const timeInName = /(\d{4}-\d{2}-\d{2})[_T -](\d{2})[-:.](\d{2})[-:.](\d{2})/;

/**
 * Folders of click-odoo-backupdb (`db.dump`, `manifest.json`, `filestore/`) and zips of Odoo (`dump.sql`, `manifest.json`,
 * `filestore/`) in a folder. The manifest names the database; without one it is the beginning of the name (facts: odoo.md §4.1).
 */
export async function odooBackups(folder: string, tenants: readonly Tenant[]): Promise<Others> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    throw new ReadFailure('not-probed', `the folder ${folder} could not be listed`, codeOf(error));
  });
  const read = await each(entries, 8, async (entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      return folderBackup(path, entry.name, folder, tenants);
    }
    return entry.isFile() && entry.name.endsWith('.zip') ? zipBackup(path, entry.name, folder, tenants) : null;
  });
  return { backups: read.filter((one) => one !== null), windows: [], failures: [] };
}

async function folderBackup(
  path: string,
  name: string,
  place: string,
  tenants: readonly Tenant[],
): Promise<OtherBackup | null> {
  const names: readonly string[] = await readdir(path).catch(() => []);
  const dump = ['db.dump', 'dump.sql'].find((one) => names.includes(one));
  if (dump === undefined && !names.includes('manifest.json')) {
    return null;
  }
  const manifest = names.includes('manifest.json')
    ? jsonOf(await readFile(join(path, 'manifest.json'), 'utf8').catch(() => ''))
    : {};
  const held = dump === undefined ? null : await stat(join(path, dump)).catch(() => null);
  const missing = [
    ...(held === null ? ['db.dump'] : held.size === 0 ? ['a db.dump that is not empty'] : []),
    ...(names.includes('filestore') ? [] : ['filestore']),
  ];
  return {
    ...{ source: 'click-odoo' as const, name: clean(name), place, tenants: whose(manifest, name, tenants) },
    ...{ at: timeOf(name, held?.mtimeMs), size: held?.size ?? null },
    status: held === null || held.size === 0 ? 'failed' : 'ok',
    message: missing.length === 0 ? null : `it has no ${missing.join(' and no ')}`,
  };
}

async function zipBackup(
  path: string,
  name: string,
  place: string,
  tenants: readonly Tenant[],
): Promise<OtherBackup | null> {
  const file = await open(path, 'r').catch(() => null);
  if (file === null) {
    return null;
  }
  try {
    const { size, mtimeMs } = await file.stat();
    const common = { source: 'odoo-zip' as const, name: clean(name), place, size, at: timeOf(name, mtimeMs) };
    try {
      const members = await zipMembers(file);
      const manifest = members.find((member) => member.name === 'manifest.json');
      const said = manifest === undefined ? {} : jsonOf(await zipText(file, manifest));
      const dump = members.find((member) => member.name === 'dump.sql');
      if (dump === undefined && manifest === undefined) {
        return null;
      }
      const hasFiles = members.some((member) => member.name.startsWith('filestore/'));
      return {
        ...{ ...common, tenants: whose(said, name, tenants), status: dump === undefined ? 'failed' : 'ok' },
        message: dump === undefined ? 'it has no dump.sql' : hasFiles ? null : 'it has no filestore',
      };
    } catch (error) {
      const words = error instanceof Error ? error.message : String(error);
      return { ...common, tenants: whose({}, name, tenants), status: 'failed', message: words };
    }
  } finally {
    await file.close();
  }
}

function whose(manifest: Foreign, name: string, tenants: readonly Tenant[]): readonly string[] {
  const database = textOrNull(manifest['db_name']);
  if (database !== null) {
    return tenants.filter((tenant) => tenant.database === database).map((tenant) => tenant.name);
  }
  const named = tenants.filter(
    (tenant) =>
      tenant.database !== null && (name === tenant.database || /^[._-]/.test(rest(name, tenant.database) ?? '')),
  );
  // `shop_1_2026…` begins with `shop_1` and with `shop`: the longest is meant.
  const longest = named.toSorted((a, b) => (b.database?.length ?? 0) - (a.database?.length ?? 0))[0];
  return longest === undefined ? [] : [longest.name];
}

function rest(name: string, database: string): string | null {
  return name.startsWith(database) ? name.slice(database.length) : null;
}

function timeOf(name: string, modified: number | undefined): string | null {
  const [, day, hours, minutes, seconds] = timeInName.exec(name) ?? [];
  const said = day === undefined ? Number.NaN : Date.parse(`${day}T${hours}:${minutes}:${seconds}Z`);
  return instantOf(Number.isNaN(said) ? (modified ?? null) : said);
}

function jsonOf(text: string): Foreign {
  try {
    return object(JSON.parse(text));
  } catch {
    return {};
  }
}
