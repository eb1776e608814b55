import { access, constants, statfs } from 'node:fs/promises';
import type { CatalogueEntry } from '#backups/catalogue.ts';
import { sealingPrograms } from '#backups/open-sealed.ts';
import { envWithPrograms, postgresPrograms } from '#backups/programs.ts';
import type { Tenant } from '#estate/estate.ts';
import type { Blocker } from '#policy/refusal.ts';
import { span } from '#text/age.ts';
import { clean } from '#text/clean.ts';
import { size } from '#text/size.ts';
import type { PlanRequest, PlanWorld } from '../action.ts';
import { placeOf as executingPlaceOf } from '../executor/place.ts';
import { type Backups, backupsOf, catalogueOf } from '../keeping/catalogue-of.ts';
import type { PlanDraft } from '../plan.ts';
import { maintenanceOf } from '../recovery/discard.ts';
import { drillPlace } from '../recovery/place.ts';
import type { RecoveryPlace } from '../recovery/recover.ts';
import { backupFor, imageIn } from './choose-backup.ts';
import type { DrillParams } from './kind.ts';
import { leftoversAt } from './leftovers.ts';
import { servePlaceOf } from './place.ts';
import { plannedChanges, plannedObjects, podWords, scratchWords } from './planned.ts';

/** What one core fetches, opens, restores and looks over, where nothing of this tenant has been measured yet. */
const bytesPerSecond = 15 * 1024 ** 2;

export async function planRestoreDrill({ params, tenant, world }: PlanRequest<DrillParams>): Promise<PlanDraft> {
  if (tenant === null) {
    throw new TypeError('a drill is planned for a tenant');
  }
  const backups = backupsOf(world);
  const { backups: entries, name: store } = await catalogueOf(tenant.name, world);
  const entry = backupFor(tenant.name, entries, params.from);
  const { manifest } = entry;
  const place = drillPlace(tenant, world.estate);
  const serve = servePlaceOf(world.estate);
  const image = serve?.image ?? imageIn(manifest.odoo.images);
  const pod =
    serve === null || image === null
      ? null
      : { image, host: tenant.host ?? tenant.name, at: `${serve.cluster}/${serve.namespace}` };
  const last = lastDrill(entries);
  const seconds =
    last?.seconds ?? Math.ceil(20 + (manifest.database.size + (manifest.filestore?.size ?? 0)) / bytesPerSecond);
  return {
    objects: plannedObjects({ tenant: tenant.name, name: entry.backup, sha256: entry.sha256, store }, place),
    changes: [
      {
        ...{ object: `backup ${entry.backup}`, field: 'proof', owner: null },
        ...{ before: entry.level, after: pod === null ? 'restored' : 'served' },
      },
      ...plannedChanges(place, pod),
    ],
    blockers: [
      ...(place === null ? [noPlace(tenant)] : await placeBlockers(place, world)),
      ...(place === null ? [] : await folderBlockers(place, manifest.filestore?.size ?? 0, world)),
      ...(await toolBlockers(entry, backups, world)),
    ],
    warnings: [
      `from the backup of ${manifest.snapshotAt}, ${size(entry.size)} in ${store}; the database is ${size(manifest.database.size)}, and its files ${size(manifest.filestore?.size ?? 0)}`,
      ...(last === null ? [] : [`the last drill took ${span(last.seconds)}, at ${last.at}`]),
      `the ${scratchWords} and its files are removed when it ends, however it ends`,
      ...(pod === null
        ? [
            `nothing serves it: ${serve === null ? 'backups.recovery.serve is not in the estate' : 'the backup names no image'}`,
          ]
        : [
            `${podWords} in ${pod.at} has its network closed but to the database, where the cluster heeds a NetworkPolicy`,
          ]),
      ...entry.missing.map((key) => `${key} is gone or cut`),
      ...(entry.signature === 'good' ? [] : [`its signature: ${entry.signature}`]),
      ...(place === null ? [] : await leftoverWords(place, world)),
    ],
    undo: null,
    equivalents: [],
    expectedSeconds: seconds,
  };
}

function lastDrill(entries: readonly CatalogueEntry[]): { readonly at: string; readonly seconds: number } | null {
  const proofs = entries
    .flatMap((entry) => entry.proofs)
    .filter(({ level, status }) => status === 'ok' && (level === 'restored' || level === 'served'))
    .toSorted((a, b) => Date.parse(b.at) - Date.parse(a.at));
  const [last] = proofs;
  return last === undefined
    ? null
    : { at: last.at, seconds: Object.values(last.seconds).reduce((sum, one) => sum + one, 0) };
}

function noPlace({ name, postgres }: Tenant): Blocker {
  return {
    by: 'estate.yaml',
    reason: `there is no place where ${name} could be restored`,
    until: null,
    wayOut: `add \`recovery: {postgres: SERVER, user: …, filestore: …}\` to \`backups\`${postgres === null ? '' : `, or \`restore: {user: …}\` to \`postgres.${postgres}\``}`,
  };
}

/** In an executor's pod programs, keys and disks are others than here. */
function isRunHere({ estate }: PlanWorld): boolean {
  return executingPlaceOf({ isLong: true }, estate).kind === 'here';
}

/** Whether a database can be made there, asked of the server. */
async function placeBlockers({ server, purpose }: RecoveryPlace, world: PlanWorld): Promise<readonly Blocker[]> {
  const where = purpose === 'recovery' ? 'backups.recovery' : `postgres.${server}.restore`;
  const blocker = (reason: string, wayOut: string) => [{ by: where, reason, until: null, wayOut }];
  try {
    const login = await world.login(server, purpose);
    const session = await login.reading(maintenanceOf(server, world), { statementMs: 10_000 });
    try {
      const [role] = await session.query({
        text: 'SELECT rolcreatedb OR rolsuper AS may FROM pg_roles WHERE rolname = current_user',
      });
      return role?.['may'] === true
        ? []
        : blocker(`${login.user} may not make databases on ${server}`, `ALTER ROLE ${login.user} CREATEDB`);
    } finally {
      await session.close();
    }
  } catch (error) {
    return blocker(wordsOf(error), 'till doctor looks at every login');
  }
}

/** A key and programs have to be where the work is done; in an executor's own image they are not ours to look for. */
async function toolBlockers(
  { manifest }: CatalogueEntry,
  { identity, programs }: Backups,
  world: PlanWorld,
): Promise<readonly Blocker[]> {
  if (identity === undefined) {
    return [
      {
        ...{ by: 'estate.yaml', reason: 'it names no identity that opens backups', until: null },
        wayOut: 'add `identity: {file: …}` to `backups`, where the key is',
      },
    ];
  }
  if (!isRunHere(world)) {
    return [];
  }
  const blocked = async (by: string, wayOut: string, look: () => Promise<unknown>): Promise<readonly Blocker[]> =>
    look().then(
      () => [],
      (error: unknown) => [{ by, reason: wordsOf(error), until: null, wayOut }],
    );
  const env = envWithPrograms(process.env, programs);
  const major = Number.parseInt(manifest.database.serverVersion, 10);
  return [
    ...(await blocked('identity', 'put the age identity where `backups.identity` says', () => world.secret(identity))),
    ...(await blocked('programs', 'till doctor says which are missing, and how to install them', () =>
      Promise.all([sealingPrograms(env), postgresPrograms(major, env)]),
    )),
  ];
}

/** Where files would go has to be there, and to take them; in an executor's own volume it is not ours to look at. */
async function folderBlockers(
  { filestore }: RecoveryPlace,
  needed: number,
  world: PlanWorld,
): Promise<readonly Blocker[]> {
  if (filestore === null || !isRunHere(world)) {
    return [];
  }
  const blocker = (reason: string, wayOut: string) => [{ by: filestore, reason, until: null, wayOut }];
  try {
    await access(filestore, constants.W_OK);
    const { bavail, bsize } = await statfs(filestore);
    return bavail * bsize > needed
      ? []
      : blocker(`${size(bavail * bsize)} are free there, and its files need ${size(needed)}`, 'make room');
  } catch (error) {
    return blocker(`files cannot be restored there: ${wordsOf(error)}`, 'make that folder, for till alone (0700)');
  }
}

async function leftoverWords(place: RecoveryPlace, world: PlanWorld): Promise<readonly string[]> {
  try {
    const { dead, strange } = await leftoversAt(place, servePlaceOf(world.estate), world);
    return [
      ...dead.map(({ operation, what }) => `drill ${operation} left ${what.join(', ')}: it is cleared away first`),
      ...strange.map(
        ({ operation, what }) =>
          `${what.join(', ')} of operation ${operation}, which this ledger does not know, is left alone`,
      ),
    ];
  } catch (error) {
    return [`what earlier drills left could not be looked for: ${wordsOf(error)}`];
  }
}

function wordsOf(error: unknown): string {
  return clean(error instanceof Error ? error.message : String(error));
}
