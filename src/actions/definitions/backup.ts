import { manifestKey, manifestName, ownerOf } from '#backups/layout.ts';
import type { Manifest } from '#backups/manifest.ts';
import { partsOf, readManifest } from '#backups/manifest-file.ts';
import type { ObjectReader } from '#systems/storage/store.ts';
import { size } from '#text/size.ts';
import type { Action } from '../action.ts';
import { owedBackup } from '../backup/due.ts';
import { planBackup } from '../backup/plan.ts';
import { runBackup } from '../backup/run.ts';
import type { Plan } from '../plan.ts';

type Params = { readonly due: boolean };

const hour = 3600;

export const action: Action<Params> = {
  name: 'backup',
  title: 'Back up',
  summary: 'Back up database, filestore and configuration, sealed for the recipients alone',
  examples: [
    { line: 'till backup maple-toys --reason "before the upgrade"', note: 'one consistent point of everything' },
    { line: 'till backup --due --reason schedule --keep-going', note: 'whoever is owed one now, for cron' },
  ],
  danger: 'mild',
  target: 'tenants',
  // It only reads the tenant, and a freeze is when a copy is wanted most.
  deescalates: true,
  writesToSystems: true,
  isLong: true,
  // What lies below the operation's id is taken away before it begins again.
  mayRepeat: true,
  flags: [{ name: 'due', summary: 'only tenants that are owed a backup now', environment: false }],
  timeoutSeconds: 12 * hour,
  parse: ({ due }) => ({ due: due === true }),
  choosesAll: ({ due }) => due,
  choose: async ({ due }, tenants, world) => (due ? owedBackup(tenants, world) : null),
  // A server is read by so many dumps at a time, however many of its tenants were chosen.
  lane: ({ objects }, { backups }) => ({
    name: objects.find(({ system }) => system === 'postgres')?.cluster ?? '',
    atATime: backups?.concurrency ?? 1,
  }),
  plan({ tenant, status, world }) {
    if (tenant === null) {
      throw new TypeError('backup is planned for a tenant');
    }
    return planBackup(tenant, status, world);
  },
  steps: (plan) => [
    {
      name: 'backup',
      words: `backing ${plan.tenants[0] ?? ''} up`,
      async run(operation, world) {
        const { manifest, sha256, files, notRead } = await runBackup(operation, world);
        const { database, filestore } = manifest;
        return {
          ...{ backup: manifest.backup, manifest: sha256, snapshotAt: manifest.snapshotAt },
          ...{ size: partsOf(manifest).reduce((sum, part) => sum + part.size, 0), dumped: database.dumped },
          ...{ files: filestore?.files ?? null, added: filestore?.added ?? null },
          missing: filestore?.missing.length ?? null,
          unfit: named((files?.unfit ?? []).map(({ path, why }) => `${path} is ${why}`)),
          rescued: named(files?.rescued ?? []),
          notRead: named(notRead),
        };
      },
    },
  ],
  async verify(plan, _params, world) {
    const { tenant, store: name } = placeOf(plan);
    const store = await world.store(name);
    const manifest = await newestOf(tenant, store);
    if (manifest === null) {
      return { status: 'failed', message: `there is no backup of ${tenant} in ${name}` };
    }
    for (const { key, size: bytes } of manifest.database.parts) {
      const held = await store.head(key);
      if (held?.size !== bytes) {
        return { status: 'failed', message: `${key} is ${held === null ? 'gone' : 'cut'}`, after: 'damaged' };
      }
    }
    return { status: 'ok', message: saying(manifest, name), after: `backup ${manifest.backup}` };
  },
  async find(plan, _params, world, operation) {
    const { tenant, store: name } = placeOf(plan);
    // The manifest is written last, whole or not at all: its absence is a proof that there is no backup.
    const held = await (await world.store(name)).head(manifestKey(tenant, operation));
    return held === null ? 'absent' : 'applied';
  },
};

/** A ledger's entry is no place for a hundred thousand names. */
function named(all: readonly string[]): readonly string[] {
  return all.length <= mostNamed ? all : [...all.slice(0, mostNamed), `and ${all.length - mostNamed} more`];
}

const mostNamed = 20;

function placeOf(plan: Plan): { readonly tenant: string; readonly store: string } {
  const object = plan.objects.find(({ system }) => system === 'storage');
  return { tenant: object?.tenant ?? '', store: object?.cluster ?? '' };
}

/** Nobody else backs it up meanwhile: the newest is the one that was just made. */
async function newestOf(tenant: string, store: ObjectReader): Promise<Manifest | null> {
  let newest = '';
  for await (const { key } of store.list(`backups/${tenant}/`)) {
    const owner = ownerOf(key);
    newest = owner?.name === manifestName && owner.backup > newest ? owner.backup : newest;
  }
  return newest === '' ? null : (await readManifest(store, tenant, newest)).manifest;
}

function saying(manifest: Manifest, store: string): string {
  const { backup, database, filestore } = manifest;
  const bytes = partsOf(manifest).reduce((sum, part) => sum + part.size, 0);
  const missing = filestore?.missing.length ?? 0;
  return [
    `backup ${backup} in ${store}, ${size(bytes)}: ${database.tables} tables`,
    ...(filestore === null ? [] : [`${filestore.files} files, ${filestore.added} new packs`]),
    ...(missing === 0 ? [] : [`${missing} files that the database names are not in the filestore`]),
  ].join(', ');
}
