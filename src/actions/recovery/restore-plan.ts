import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type CatalogueEntry, isUsable } from '#backups/catalogue.ts';
import { envWithPrograms, postgresPrograms } from '#backups/programs.ts';
import { trustedKeys } from '#backups/read-backups.ts';
import type { Tenant } from '#estate/estate.ts';
import type { Blocker } from '#policy/refusal.ts';
import type { Session } from '#systems/postgres/login.ts';
import { span } from '#text/age.ts';
import { clean } from '#text/clean.ts';
import { size } from '#text/size.ts';
import { exitCodes, TillError } from '#text/till-error.ts';
import type { PlanRequest, PlanWorld } from '../action.ts';
import { placeOf } from '../executor/place.ts';
import { backupsOf, catalogueOf } from '../keeping/catalogue-of.ts';
import type { PlanDraft, PlanObject } from '../plan.ts';
import { databaseNamed } from './databases.ts';
import { maintenanceOf } from './discard.ts';
import { majorOf, whyNotBelieved } from './open-work.ts';
import { restorePlace } from './place.ts';
import type { RecoveryPlace } from './recover.ts';
import { freeIn, scratchFolder } from './scratch-file.ts';

export interface Asking {
  /** An id, `latest`, or null where a time says which. */
  readonly from: string | null;
  readonly into: string | null;
  /** RFC 3339. */
  readonly at: string | null;
  /** A tenant that the estate no longer names, whose backup it is. */
  readonly of: string | null;
}

/** What two cores read, open and restore in a second, of the dump's plain bytes; a past restore of the tenant's says better. */
const bytesPerSecond = 12 * 1024 ** 2;

/** What would be there after a restore, where, in how long, and what is not in it. */
export async function restorePlan(
  { tenant, tenants, estate, world }: PlanRequest<unknown>,
  asking: Asking,
): Promise<PlanDraft> {
  const acting = tenant ?? nobody();
  const of = ownerOf(acting, tenants, asking.of);
  const { backups, name: store } = await catalogueOf(of, world);
  const entry = chosen(backups, asking, of);
  const { manifest } = entry;
  const place = restorePlace(acting, estate);
  if (place === null) {
    throw new TillError('the estate names no place where a database may be made', {
      ...{ exit: exitCodes.usage, reason: 'no-login', target: acting.name },
      next: `add \`restore\` to a server of \`postgres\`, or \`backups.recovery\``,
    });
  }
  const database = asking.into ?? nameFor(manifest);
  const object = (fields: Pick<PlanObject, 'system' | 'cluster' | 'kind' | 'name' | 'uid'>): PlanObject => ({
    ...{ tenant: acting.name, namespace: null, version: null },
    ...fields,
  });
  const folder = manifest.filestore === null || place.filestore === null ? null : join(place.filestore, database);
  return {
    objects: [
      object({ system: 'storage', cluster: store, kind: 'backup', name: entry.backup, uid: entry.sha256 }),
      object({ system: 'postgres', cluster: place.server, kind: 'database', name: database, uid: null }),
      ...(folder === null
        ? []
        : [object({ system: 'storage', cluster: null, kind: 'folder', name: folder, uid: null })]),
    ],
    changes: [
      { object: `database ${database}`, field: 'holds', before: null, after: `backup ${entry.backup}`, owner: null },
    ],
    blockers: await blockersOf({ entry, place, database, folder, world }),
    warnings: warningsOf({ entry, place, database, folder, asking, of, acting, world }),
    undo: {
      action: 'restore',
      params: { from: null, into: null, at: null, of: null, swap: null, owner: null, drop: database },
      words: `drop ${database} again`,
    },
    equivalents: [
      `createdb -T template0 -E ${manifest.database.encoding} --locale=${manifest.database.collation} ${database}`,
      `pg_restore --exit-on-error --no-owner --no-acl -j 2 -d ${database} DUMP`,
    ],
    expectedSeconds: expected(backups, entry),
  };
}

function nobody(): never {
  throw new TypeError('a restore is planned for a tenant');
}

/** Whose backups are looked through. One that the estate names is restored by its own name, under the rules that hold for it. */
function ownerOf({ name }: Tenant, tenants: readonly Tenant[], of: string | null): string {
  if (of !== null && of !== name && tenants.some((one) => one.name === of)) {
    throw new TillError(`the estate names ${of}: --of is for a tenant that it no longer names`, {
      ...{ exit: exitCodes.usage, reason: 'tenant-known', target: of },
      next: `till restore ${of} --from latest`,
    });
  }
  return of ?? name;
}

function chosen(backups: readonly CatalogueEntry[], { from, at }: Asking, tenant: string): CatalogueEntry {
  const wrong = (message: string, next: string) =>
    new TillError(message, { exit: exitCodes.usage, reason: 'unknown-backup', target: tenant, next });
  if (backups.length === 0) {
    throw wrong(`there is no backup of ${tenant}`, `till backup ${tenant} makes one`);
  }
  if (from !== null && from !== 'latest') {
    const entry = backups.find(({ backup }) => backup === from.toUpperCase());
    if (entry === undefined) {
      throw wrong(`${tenant} has no backup "${clean(from)}"`, `till backups ${tenant} lists them`);
    }
    return entry;
  }
  const usable = backups.filter(isUsable);
  const entry = usable.find(({ manifest }) => at === null || Date.parse(manifest.snapshotAt) <= Date.parse(at));
  if (entry === undefined) {
    const [oldest] = usable.slice(-1);
    throw oldest === undefined
      ? wrong(
          `none of the ${backups.length} backups of ${tenant} is whole, well proven and signed as it should be`,
          `till backups ${tenant} --verify; --from ID takes one all the same`,
        )
      : wrong(
          `${tenant} has no backup from ${at} or before: the oldest is of ${oldest.manifest.snapshotAt}`,
          `till backups ${tenant} lists them`,
        );
  }
  return entry;
}

function nameFor({ database, snapshotAt }: CatalogueEntry['manifest']): string {
  const stamp = snapshotAt.replaceAll(/[-:]/g, '').slice(0, 13).replace('T', '_').toLowerCase();
  return `${database.name.slice(0, 63 - stamp.length - 1)}_${stamp}`;
}

interface Judged {
  readonly entry: CatalogueEntry;
  readonly place: RecoveryPlace;
  readonly database: string;
  readonly folder: string | null;
  readonly world: PlanWorld;
}

async function blockersOf({ entry, place, database, folder, world }: Judged): Promise<readonly Blocker[]> {
  const { manifest } = entry;
  const { identity } = backupsOf(world);
  const isHere = placeOf({ isLong: true }, world.estate).kind === 'here';
  const blocker = (by: string, reason: string, wayOut: string | null): Blocker => ({ by, reason, until: null, wayOut });
  const distrust = whyNotBelieved(entry.signature, await trustedKeys(world));
  const login = await world.login(place.server, place.purpose);
  const session = await login.reading(maintenanceOf(place.server, world));
  try {
    const [server] = await session.query({
      text: "SELECT current_setting('server_version_num')::int / 10000 AS major",
    });
    const needs = majorOf(manifest.database.serverVersion);
    return [
      ...(identity === undefined
        ? [
            blocker(
              'estate.yaml',
              'it names no identity that opens backups',
              'add `identity: {file: …}` to `backups`, where the key is',
            ),
          ]
        : []),
      ...(distrust === null ? [] : [blocker(`backup ${entry.backup}`, distrust, null)]),
      ...(entry.missing.length === 0
        ? []
        : [
            blocker(
              `backup ${entry.backup}`,
              `${entry.missing.length} of its parts are gone or cut, such as ${entry.missing[0]}`,
              'take another one',
            ),
          ]),
      ...(manifest.database.format === 'custom'
        ? []
        : [blocker(`backup ${entry.backup}`, `its dump is in the ${manifest.database.format} format`, null)]),
      ...(Number(server?.['major']) < needs
        ? [
            blocker(
              `postgres ${place.server}`,
              `it is PostgreSQL ${Number(server?.['major'])}, and the dump is of ${needs}: no older server takes it`,
              'restore it on a server that is not older',
            ),
          ]
        : []),
      ...((await databaseNamed(session, database)) === null && (folder === null || !existsSync(folder))
        ? []
        : [
            blocker(
              `postgres ${place.server}`,
              `there is a database ${database} or a folder of its files already`,
              'give another name with --into, or drop it',
            ),
          ]),
      ...(await mayMake(session, login.user, place.server)),
      // In a Job it is the Job's disk and the image's programs that count, and it looks at them itself.
      ...(isHere ? await lackingHere(manifest, folder, world) : []),
    ];
  } finally {
    await session.close();
  }
}

async function mayMake(session: Session, user: string, server: string): Promise<readonly Blocker[]> {
  const [row] = await session.query({
    text: 'SELECT rolcreatedb OR rolsuper AS may FROM pg_roles WHERE rolname = current_user',
  });
  return row?.['may'] === true
    ? []
    : [
        {
          ...{ by: `postgres ${server}`, reason: `${user} may not make databases`, until: null },
          wayOut: `ALTER ROLE "${user}" CREATEDB`,
        },
      ];
}

async function lackingHere(
  { database, filestore }: CatalogueEntry['manifest'],
  folder: string | null,
  { estate }: PlanWorld,
): Promise<readonly Blocker[]> {
  const lacking: Blocker[] = [];
  const full = (where: string, free: number, needs: number, wayOut: string) => {
    if (free < needs) {
      lacking.push({
        ...{ by: `disk of ${where}`, until: null, wayOut },
        reason: `${size(needs)} are needed there, and ${size(free)} are free`,
      });
    }
  };
  full(scratchFolder(), await freeIn(scratchFolder()), database.dumped, 'TMPDIR names another folder');
  if (folder !== null && filestore !== null) {
    const parent = nearest(folder);
    full(parent, await freeIn(parent), filestore.size, 'make room there');
  }
  try {
    await postgresPrograms(majorOf(database.dumpVersion), envWithPrograms(process.env, estate.backups?.programs ?? []));
  } catch (error) {
    if (!(error instanceof TillError)) {
      throw error;
    }
    lacking.push({ by: 'pg_restore', reason: error.message, until: null, wayOut: error.next ?? null });
  }
  return lacking;
}

function nearest(folder: string): string {
  return existsSync(folder) || folder === dirname(folder) ? folder : nearest(dirname(folder));
}

interface Told extends Judged {
  readonly asking: Asking;
  readonly of: string;
  readonly acting: Tenant;
}

function warningsOf({ entry, place, database, folder, asking, of, acting, world }: Told): readonly string[] {
  const { manifest, signature, failed, level } = entry;
  const age = (world.clock.now() - Date.parse(manifest.snapshotAt)) / 1000;
  const isLive = place.purpose === 'restore' && of === acting.name;
  const gap = asking.at === null ? null : (Date.parse(asking.at) - Date.parse(manifest.snapshotAt)) / 1000;
  const hasWal = world.estate.postgres[acting.postgres ?? '']?.cloudnativepg !== undefined;
  return [
    `it holds ${of} as of ${manifest.snapshotAt}, ${span(age)} ago; what came after is not in it`,
    ...(gap === null
      ? []
      : [
          `${span(gap)} are between that and ${asking.at}: till restores dumps, and nothing in between`,
          ...(hasWal
            ? ['CloudNativePG can recover its cluster to that very moment; a tenant is then dumped from there']
            : []),
        ]),
    `the live database is not touched: ${database} on ${place.server} is a new one, which nobody but the login that makes it may enter`,
    'it is neutralised: no mail, scheduled action, job, payment, delivery or connector of it is live',
    ...(isLive
      ? [`till restore ${acting.name} --swap ${database} makes it live later, as an action of its own`]
      : [`what is restored on ${place.server} cannot be swapped in`]),
    `about ${size(manifest.database.size)} on ${place.server}, whose disk till cannot see, and ${size(manifest.database.dumped)} for a while in ${scratchFolder()}`,
    ...filesWords(manifest.filestore, folder),
    ...(level === 'recorded' ? ['nobody has read this backup back yet: this will be the proof of it'] : []),
    ...(failed === null ? [] : [`its newest proof failed, at ${failed.at}`]),
    ...(signature === 'good' ? [] : [`its signature: ${signature}`]),
  ];
}

function filesWords(filestore: CatalogueEntry['manifest']['filestore'], folder: string | null): readonly string[] {
  if (filestore === null) {
    return ['the backup has no files: attachments are not in it'];
  }
  if (folder === null) {
    return [`its ${filestore.files} files are not restored: the estate names no folder for them`];
  }
  return [
    `${filestore.files} files, ${size(filestore.size)}, in ${folder}`,
    ...(filestore.missing.length === 0
      ? []
      : [`${filestore.missing.length} files were missing already when it was made, such as ${filestore.missing[0]}`]),
  ];
}

/** By the last restore of this tenant, scaled by size; else by what is usual. */
function expected(backups: readonly CatalogueEntry[], { manifest }: CatalogueEntry): number {
  const bytes = manifest.database.dumped + (manifest.filestore?.size ?? 0);
  const before = backups
    .flatMap((one) => one.proofs.map((proof) => ({ proof, one })))
    .find(({ proof }) => proof.rto !== null && proof.rto > 0 && proof.status === 'ok');
  if (before?.proof.rto != null) {
    const then = before.one.manifest.database.dumped + (before.one.manifest.filestore?.size ?? 0);
    return Math.ceil((before.proof.rto * Math.max(1, bytes)) / Math.max(1, then)) + 2;
  }
  return Math.ceil(5 + bytes / bytesPerSecond);
}
