import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { keptName } from '#backups/database-mark.ts';
import { bringBack } from '#backups/neutralise/bring-back.ts';
import { neutralise } from '#backups/neutralise/neutralise.ts';
import type { JsonObject } from '#ledger/canonical.ts';
import type { Operation } from '#systems/operation.ts';
import type { DatabaseLogin, Session } from '#systems/postgres/login.ts';
import { ReadFailure } from '#systems/source.ts';
import { WriteFailure } from '#systems/write-failure.ts';
import { clean } from '#text/clean.ts';
import { instant } from '#text/clock.ts';
import type { ActWorld, Verdict } from '../../action.ts';
import type { Plan } from '../../plan.ts';
import { type DatabaseRow, databaseNamed, databasesOf } from '../databases.ts';
import { maintenanceOf } from '../discard.ts';
import { exchange } from './exchange.ts';
import { gainFiles } from './gain-files.ts';
import { highestIds, lossIn } from './loss.ts';
import { giveAway, giveRights, grantsIn, takeBack } from './ownership.ts';
import { signalAnew, signalsIn } from './signalling.ts';
import type { Swapping } from './swap-plan.ts';

/**
 * The one step of a swap. What takes long is done to the restored database while nobody can enter it; the live one is touched by the
 * exchange alone, which is one transaction. When that fails, the restored database is neutralised again.
 */
export async function swap(
  plan: Plan,
  { swap: name, owner }: Swapping,
  operation: Operation,
  world: ActWorld,
): Promise<JsonObject> {
  const { tenant, server, login, maintenance, live, restored } = await planned(plan, name, operation, world);
  const to = live?.owner ?? owner ?? '';
  const isKept = restored.mark?.till === 'kept';
  const database = liveName(plan);
  const kept = keptName(database, restored.mark?.operation ?? operation.id);
  try {
    world.progress({ words: `preparing ${name}` });
    const inLive =
      live === null
        ? null
        : await inside(login, live.name, operation, world, async (session) => ({
            rights: await grantsIn(session, to),
            signals: await signalsIn(session),
          }));
    const prepared = await inside(login, name, operation, world, async (session) => {
      const given = isKept ? { objects: 0, schemas: [] } : await giveAway(session, to);
      const missed = isKept || inLive === null ? 0 : await giveRights(session, inLive.rights);
      await signalAnew(session, inLive?.signals ?? null);
      return { given, missed, ids: await highestIds(session) };
    });
    const files = await gained(name, isKept, world);
    // From here on it could send mail, were anybody let in.
    const back = isKept ? 0 : await inside(login, name, operation, world, bringBack);
    world.signal.throwIfAborted();
    world.progress({ words: `swapping ${name} for ${database}` });
    const exchanged = await exchange(
      {
        ...{ login, maintenance, live: database, restored: name, owner: to },
        kept:
          live === null
            ? null
            : {
                name: kept,
                mark: {
                  ...{ till: 'kept', operation: operation.id, tenant, backup: restored.mark?.backup ?? null },
                  ...{ at: instant(world.clock.now()), holds: instant(world.clock.now()) },
                },
              },
      },
      operation,
    );
    const lost =
      live === null
        ? []
        : await lostNow(login, kept, isKept ? (restored.mark?.at ?? null) : null, prepared.ids, operation, world);
    await tidied(name, isKept, world);
    await inside(login, database, operation, null, (session) => takeBack(session, to, prepared.given)).catch(
      // It owns the database by now, and may make things in it all the same.
      () => undefined,
    );
    return {
      ...{
        server,
        database,
        kept: live === null ? null : kept,
        owner: to,
        objects: prepared.given.objects,
        rights: prepared.missed,
      },
      ...{ putBack: back, files, ended: exchanged.ended, settingsLeft: [...exchanged.settingsLeft] },
      lost: Object.fromEntries(lost.map(({ table, rows }) => [table, rows])),
    };
  } catch (error) {
    if (!isKept && !(await isSwapped(login, maintenance, database, restored.oid, operation))) {
      await inside(login, name, operation, null, neutralise).catch(() => undefined);
    }
    if (world.signal.aborted) {
      throw new WriteFailure('refused', `it was stopped; ${database} is as it was`, 'stopped');
    }
    throw error instanceof ReadFailure
      ? new WriteFailure('refused', `${clean(error.message)}; ${database} is as it was`, error.code)
      : error;
  }
}

interface Planned {
  readonly tenant: string;
  readonly server: string;
  readonly login: DatabaseLogin;
  readonly maintenance: string;
  readonly live: DatabaseRow | null;
  readonly restored: DatabaseRow;
}

/** The two databases of the plan, by what they are and not by their names. */
async function planned(plan: Plan, name: string, operation: Operation, world: ActWorld): Promise<Planned> {
  const object = plan.objects.find((one) => one.name === name);
  const server = object?.cluster ?? '';
  const login = await world.login(server, 'restore');
  const maintenance = maintenanceOf(server, world);
  const session = await login.writing(operation, maintenance);
  try {
    const rows = await databasesOf(session, [liveName(plan), name]);
    const same = (wanted: string) => {
      const row = rows.find((one) => one.name === wanted) ?? null;
      const uid = plan.objects.find((one) => one.name === wanted)?.uid ?? null;
      if ((row?.oid ?? null) !== uid) {
        throw new WriteFailure('refused', `${wanted} is another database than was planned`, null, true);
      }
      return row;
    };
    const restored = same(name);
    if (restored === null) {
      throw new WriteFailure('refused', `${server} has no database ${name}`, null, true);
    }
    return { tenant: object?.tenant ?? '', server, login, maintenance, live: same(liveName(plan)), restored };
  } finally {
    await session.close();
  }
}

/** The first change is of the tenant's own database. */
export function liveName({ changes }: Pick<Plan, 'changes'>): string {
  return (changes[0]?.object ?? '').replace(/^database /, '');
}

async function inside<T>(
  login: DatabaseLogin,
  database: string,
  operation: Operation,
  world: Pick<ActWorld, 'signal'> | null,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await login.writing(operation, database, world === null ? {} : { signal: world.signal });
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}

async function gained(name: string, isKept: boolean, world: ActWorld): Promise<number> {
  const live = folderOf(world);
  return isKept || live === null ? 0 : await gainFiles(join(live, '..', name), live, world.signal);
}

/** The tenant's own, where it is one. */
function folderOf({ tenant }: ActWorld): string | null {
  const filestore = tenant?.filestore;
  return filestore !== undefined && 'path' in filestore ? filestore.path : null;
}

/** Exact now: nobody can add to it any more. */
async function lostNow(
  login: DatabaseLogin,
  kept: string,
  at: string | null,
  ids: ReadonlyMap<string, number>,
  operation: Operation,
  world: ActWorld,
) {
  return await inside(login, kept, operation, world, (session) =>
    lossIn(session, at === null ? { ids } : { at }),
  ).catch(() => []);
}

/** The live filestore has them all by now. */
async function tidied(name: string, isKept: boolean, world: ActWorld): Promise<void> {
  const live = folderOf(world);
  if (!isKept && live !== null) {
    await rm(join(live, '..', name), { recursive: true, force: true }).catch(() => undefined);
  }
}

async function isSwapped(
  login: DatabaseLogin,
  maintenance: string,
  live: string,
  oid: string,
  operation: Operation,
): Promise<boolean> {
  return await inside(
    login,
    maintenance,
    operation,
    null,
    async (session) => (await databaseNamed(session, live))?.oid === oid,
  ).catch(
    // Nobody knows: what may be live is not neutralised.
    () => true,
  );
}

/** The live name is the restored database's, the other is kept, and Odoo's role may enter. */
export async function verifySwap(plan: Plan, name: string, world: ActWorld): Promise<Verdict> {
  const object = plan.objects.find((one) => one.name === name);
  const login = await world.login(object?.cluster ?? '', 'restore');
  const session = await login.reading(maintenanceOf(object?.cluster ?? '', world));
  try {
    const live = await databaseNamed(session, liveName(plan));
    if (live === null || live.oid !== object?.uid) {
      return { status: 'failed', message: `${liveName(plan)} is not ${name}` };
    }
    const [row] = await session.query({
      text: `SELECT has_database_privilege($1::name, $2::text, 'CONNECT') AS may`,
      values: [live.owner, live.name],
    });
    const after = plan.changes[0]?.after;
    return row?.['may'] === true && live.allowsConnections
      ? {
          ...{ status: 'ok', message: `${live.name} holds ${String(after)}, and ${live.owner} may enter it` },
          ...{ before: String(plan.changes[0]?.before), after: String(after) },
        }
      : { status: 'failed', message: `${live.owner} may not enter ${live.name}` };
  } finally {
    await session.close();
  }
}

/** The exchange is one transaction: the live name is either the one's or the other's. */
export async function findSwap(plan: Plan, name: string, world: ActWorld): Promise<'applied' | 'absent'> {
  const object = plan.objects.find((one) => one.name === name);
  const login = await world.login(object?.cluster ?? '', 'restore');
  const session = await login.reading(maintenanceOf(object?.cluster ?? '', world));
  try {
    return (await databaseNamed(session, liveName(plan)))?.oid === object?.uid ? 'applied' : 'absent';
  } finally {
    await session.close();
  }
}
