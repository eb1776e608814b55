import type { CatalogueEntry } from '#backups/catalogue.ts';
import { backupToGoOnFrom } from '#backups/packing/before.ts';
import { hasKeptIndex } from '#backups/packing/kept-index.ts';
import type { Tenant } from '#estate/estate.ts';
import type { TenantStatus } from '#health/status.ts';
import type { Blocker } from '#policy/refusal.ts';
import { ReadFailure } from '#systems/source.ts';
import { span } from '#text/age.ts';
import { size } from '#text/size.ts';
import { TillError } from '#text/till-error.ts';
import type { PlanWorld } from '../action.ts';
import { filestoreBlocker } from '../executor/filestore.ts';
import { placeOf } from '../executor/place.ts';
import { type Backups, backupsOf, catalogueOf } from '../keeping/catalogue-of.ts';
import type { PlanDraft } from '../plan.ts';
import { expectedSeconds } from './estimate.ts';
import { filestoreFlaw, filestoreWords, indexFolder } from './filestore.ts';
import { type Attachments, databaseOf, findDatabase, type Programs, programsFor } from './sources.ts';
import { troubleOf } from './trouble.ts';

/** What a backup would read and write. Sizes, versions and estimates move by themselves, and so are no part of what is agreed to. */
export async function planBackup(tenant: Tenant, status: TenantStatus | null, world: PlanWorld): Promise<PlanDraft> {
  const backups = backupsOf(world);
  const place = databaseOf(tenant);
  const [found, catalogue] = await Promise.all([findDatabase(place, world), backupsBefore(tenant.name, world)]);
  const tools = found.facts === null ? null : await toolsFor(found.facts.serverVersion, world);
  const { facts } = found;
  // Then its programs are what counts, and its disks: an image is not looked into from here.
  const isElsewhere = placeOf({ isLong: true }, world.estate).kind === 'job';
  const unmounted = filestoreBlocker(tenant, world.estate);
  const flaw = unmounted ?? (isElsewhere ? null : await filestoreFlaw(tenant));
  const volume = flaw === null ? [] : [flaw];
  const { server, database } = place;
  const what = `backup ${tenant.name}`;
  const change = (field: string, after: string | null) => ({ object: what, field, before: null, after, owner: null });
  return {
    objects: [
      {
        ...({ system: 'postgres', cluster: server, tenant: tenant.name, kind: 'database', namespace: null } as const),
        ...{ name: database, uid: facts?.oid ?? null, version: null },
      },
      {
        ...({ system: 'storage', cluster: backups.store, tenant: tenant.name, kind: 'backup' } as const),
        ...{ namespace: null, name: tenant.name, uid: null, version: null },
      },
    ],
    changes: [
      change('store', backups.store),
      change('database', `${database} on ${server}`),
      change('filestore', filestoreWords(tenant)),
      change('readable by', backups.recipients.join(', ')),
    ],
    blockers: [
      ...found.blockers,
      ...catalogue.blockers,
      ...(isElsewhere ? [] : (tools?.blockers ?? [])),
      ...volume,
      ...troubleOf(status),
    ],
    warnings: [
      ...(facts === null ? [] : [`${database} takes ${size(facts.size)} on PostgreSQL ${facts.serverVersion}`]),
      ...(await filesWords(tenant, found.attachments, catalogue.backups, world)),
      ...lastWords(catalogue.backups[0], world),
      ...(tools?.programs == null ? [] : [toolWords(tools.programs)]),
      ...paceWords(backups),
    ],
    equivalents: [`pg_dump -Fc ${database} | zstd -1 | age -r ${backups.recipients.join(' -r ')}`],
    expectedSeconds: facts === null ? null : expectedSeconds(catalogue.backups, facts.size, backups.budget),
  };
}

async function backupsBefore(
  tenant: string,
  world: PlanWorld,
): Promise<{ readonly backups: readonly CatalogueEntry[]; readonly blockers: readonly Blocker[] }> {
  try {
    return { ...(await catalogueOf(tenant, world)), blockers: [] };
  } catch (error) {
    if (!(error instanceof ReadFailure)) {
      throw error;
    }
    const by = `store ${backupsOf(world).store}`;
    return { backups: [], blockers: [{ by, reason: error.message, until: null, wayOut: null }] };
  }
}

async function toolsFor(
  serverVersion: string,
  world: PlanWorld,
): Promise<{ readonly programs: Programs | null; readonly blockers: readonly Blocker[] }> {
  try {
    return { programs: await programsFor(serverVersion, world), blockers: [] };
  } catch (error) {
    if (!(error instanceof TillError)) {
      throw error;
    }
    return {
      programs: null,
      blockers: [{ by: 'programs', reason: error.message, until: null, wayOut: error.next }],
    };
  }
}

/** How much of the filestore there is by the database's own word, and whether it has to be read anew. */
async function filesWords(
  tenant: Tenant,
  attachments: Attachments | null,
  backups: readonly CatalogueEntry[],
  world: PlanWorld,
): Promise<readonly string[]> {
  if (attachments === null) {
    return [];
  }
  const words = `${attachments.files} files, ${size(attachments.size)}, by ir_attachment`;
  if (tenant.filestore === undefined) {
    return [`the filestore stays out (${words}): the estate does not say where it is`];
  }
  const { recipients, identity } = backupsOf(world);
  const last = backupToGoOnFrom(backups, recipients);
  const index = last?.manifest.filestore ?? null;
  const canGoOn =
    index !== null && (identity !== undefined || (await hasKeptIndex(indexFolder(world), tenant.name, index)));
  return [canGoOn ? `${words}; only what is new is read` : `${words}; every one is read`];
}

function lastWords(last: CatalogueEntry | undefined, { clock }: PlanWorld): readonly string[] {
  return [
    last === undefined
      ? 'it is the first one'
      : `the last one is of ${span((clock.now() - Date.parse(last.manifest.snapshotAt)) / 1000)} ago, ${size(last.size)}`,
  ];
}

function toolWords({ postgres, sealing }: Programs): string {
  return `with pg_dump ${postgres.pgDump.version}, zstd ${sealing.zstd.version}, age ${sealing.age.version}`;
}

function paceWords({ budget, signing }: Backups): readonly string[] {
  return [
    ...(budget === undefined ? [] : [`at ${size(budget)} a second at most`]),
    ...(signing === undefined ? ['nobody signs it: `backups.signing` names no key'] : []),
  ];
}
