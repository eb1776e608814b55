import { join } from 'node:path';
import type { DatabaseMark } from '#backups/database-mark.ts';
import type { JsonObject } from '#ledger/canonical.ts';
import type { Operation } from '#systems/operation.ts';
import { WriteFailure } from '#systems/write-failure.ts';
import { clean } from '#text/clean.ts';
import { size } from '#text/size.ts';
import { exitCodes, TillError } from '#text/till-error.ts';
import type { ActWorld, PlanRequest, PlanWorld, Verdict } from '../action.ts';
import type { Plan, PlanDraft } from '../plan.ts';
import { type DatabaseRow, databaseNamed } from './databases.ts';
import { discard, maintenanceOf } from './discard.ts';
import { placesOf } from './place.ts';
import type { RecoveryPlace } from './recover.ts';

const noPlace = { postgres: null };

/** Drops a restored or kept database, or what a restore left, and the folder of its files. Only what has our comment. */
export async function dropPlan(
  { tenant, tenants, estate, world }: PlanRequest<unknown>,
  name: string,
): Promise<PlanDraft> {
  const of = tenant?.name ?? '';
  const found = await foundIn(placesOf(tenant ?? noPlace, estate), name, world);
  const wrong = (message: string) =>
    new TillError(message, {
      ...{ exit: exitCodes.usage, reason: 'unknown-database', target: of },
      next: `till backups ${of} names what was restored`,
    });
  if (found === null) {
    throw wrong(`there is no database ${clean(name)} where backups of ${of} are restored`);
  }
  const { place, row, bytes } = found;
  const isLive = tenants.some(({ postgres, database }) => postgres === place.server && database === name);
  if (row.mark === null || isLive || name === tenant?.database) {
    throw wrong(
      isLive || name === tenant?.database
        ? `${name} is live`
        : `${name} was not made by till: it has no comment of ours`,
    );
  }
  // Of a tenant that is gone, anybody's who may restore.
  if (row.mark.tenant !== of && tenants.some((one) => one.name === row.mark?.tenant)) {
    throw wrong(`${name} is of ${row.mark.tenant}`);
  }
  const running = (await world.ledger.state()).operations.get(row.mark.operation);
  const where = { system: 'postgres', cluster: place.server, tenant: of, namespace: null, version: null } as const;
  return {
    danger: 'severe',
    objects: [
      { ...where, kind: 'database', name, uid: row.oid },
      ...(place.filestore === null
        ? []
        : [{ ...where, system: 'storage' as const, kind: 'folder', name: join(place.filestore, name), uid: null }]),
    ],
    changes: [{ object: `database ${name}`, field: 'holds', before: holdsWords(row.mark), after: null, owner: null }],
    blockers:
      running === undefined || row.mark.till !== 'scratch'
        ? []
        : [
            {
              ...{ by: `operation ${row.mark.operation}`, reason: `${running.action} is at work on it`, until: null },
              wayOut: `till stop ${row.mark.operation}`,
            },
          ],
    warnings: [
      `${size(bytes)} on ${place.server}; ${whatWords(row.mark)}`,
      ...(row.mark.till === 'kept' ? ['after this there is no way back to what was live before the swap'] : []),
    ],
    undo: null,
    equivalents: [`DROP DATABASE "${name}"`],
    expectedSeconds: 10,
  };
}

export function holdsWords({ till, backup, at }: DatabaseMark): string {
  return till === 'kept' ? `what was live until ${at}` : `backup ${backup}`;
}

function whatWords(mark: DatabaseMark): string {
  return mark.till === 'kept'
    ? `it was live until ${mark.at}`
    : `${mark.till === 'scratch' ? 'left by a drill or a restore of' : 'restored from'} backup ${mark.backup} at ${mark.at}`;
}

interface Found {
  readonly place: RecoveryPlace;
  readonly row: DatabaseRow;
  readonly bytes: number;
}

async function foundIn(places: readonly RecoveryPlace[], name: string, world: PlanWorld): Promise<Found | null> {
  for (const place of places) {
    const login = await world.login(place.server, place.purpose);
    const session = await login.reading(maintenanceOf(place.server, world));
    try {
      const row = await databaseNamed(session, name);
      if (row !== null) {
        const [sized] = await session.query({
          text: `SELECT CASE WHEN has_database_privilege($1::text, 'CONNECT') THEN pg_database_size($1::text) ELSE 0 END::float8 AS size`,
          values: [name],
        });
        return { place, row, bytes: Number(sized?.['size'] ?? 0) };
      }
    } finally {
      await session.close();
    }
  }
  return null;
}

/** Where the plan found it. */
function placeIn({ objects }: Plan, world: PlanWorld): RecoveryPlace {
  const [database, folder] = objects;
  const server = database?.cluster ?? '';
  return {
    server,
    purpose: world.estate.postgres[server]?.restore === undefined ? 'recovery' : 'restore',
    filestore: folder === undefined ? null : join(folder.name, '..'),
  };
}

export async function drop(plan: Plan, name: string, operation: Operation, world: ActWorld): Promise<JsonObject> {
  const place = placeIn(plan, world);
  const [wanted] = plan.objects;
  const found = await foundIn([place], name, world);
  if (found !== null && found.row.oid !== wanted?.uid) {
    throw new WriteFailure('refused', `${name} is another database than was planned`, null, true);
  }
  const gone = await discard(place, name, operation, world);
  return { server: place.server, database: gone.database, folder: gone.folder };
}

export async function verifyDrop(plan: Plan, name: string, world: ActWorld): Promise<Verdict> {
  const found = await foundIn([placeIn(plan, world)], name, world);
  return found === null
    ? { status: 'ok', message: `${name} is gone, and the folder of its files`, before: 'there', after: 'gone' }
    : { status: 'failed', message: `${name} is still there`, before: 'there', after: 'there' };
}

export async function findDrop(plan: Plan, name: string, world: ActWorld): Promise<'applied' | 'indeterminate'> {
  // While the database is there, some of its files may be gone already.
  return (await foundIn([placeIn(plan, world)], name, world)) === null ? 'applied' : 'indeterminate';
}
