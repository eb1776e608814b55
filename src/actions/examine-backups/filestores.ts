import { opendir } from 'node:fs/promises';
import type { Tenant } from '#estate/estate.ts';
import { type Finding, flaw, ok } from '#health/finding.ts';
import { type Looked, some } from './looked.ts';

const check = 'filestores';

/** A backup without the filestore is half of one; folders are looked into, and no further. */
export async function examineFilestores({ tenants }: Looked): Promise<readonly Finding[]> {
  const looked = await Promise.all(tenants.map(async (tenant) => ({ tenant, flaw: await whyNot(tenant) })));
  const without = looked.filter(({ flaw: words }) => words === 'none');
  const closed = looked.filter(({ flaw: words }) => words !== null && words !== 'none');
  const readable = looked.length - without.length - closed.length;
  const names = without.map(({ tenant }) => tenant.name);
  return [
    ...closed.map(({ tenant, flaw: words }) => flaw(`tenant/${tenant.name}`, 'filestore', 'missing', words ?? '')),
    ...(names.length === 0
      ? []
      : [
          flaw(
            'backups',
            check,
            'weak',
            `${names.length} tenants name none, so backups hold their database alone: ${some(names)}`,
            {
              next: 'give them filestore: {path: …}, {s3: …} or {volume: …}',
            },
          ),
        ]),
    ...(readable === 0 ? [] : [ok('backups', check, `${readable} can be read, or lie where only a backup looks`)]),
  ];
}

async function whyNot({ filestore }: Tenant): Promise<string | null> {
  if (filestore === undefined) {
    return 'none';
  }
  if (!('path' in filestore)) {
    return null;
  }
  try {
    await (await opendir(filestore.path)).close();
    return null;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    const words =
      { ENOENT: 'is not there', EACCES: 'may not be read by this user', ENOTDIR: 'is no folder' }[code] ?? code;
    return `${filestore.path} ${words}`;
  }
}
