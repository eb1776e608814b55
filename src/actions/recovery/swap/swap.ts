import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { keptName } from '#backups/database-mark.ts';
import { bringBack } from '#backups/neutralise/bring-back.ts';
import { neutralise } from '#backups/neutralise/neutralise.ts';
import { quotedIdentifier } from '#backups/quoted-sql.ts';
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
import { giveAway, giveRights, rightsIn } from './ownership.ts';
import { signalAnew, signalsIn } from './signalling.ts';
import type { Swapping } from './swap-plan.ts';

/** A count that takes longer is said to be unknown. */
const readMs = 20_000;

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
  const { tenant, server, login, maintenance, live, restored, ...more } = await planned(plan, name, operation, world);
  const to = live?.owner ?? owner ?? '';
  const isKept = restored.mark?.till === 'kept';
  const database = liveName(plan);
  const kept = keptName(database, restored.mark?.operation ?? operation.id);
  const isDirect = more.roles.has(to);
  let couldSend = false;
  try {
    world.progress({ words: `preparing ${name}` });
    const reader = world.estate.postgres[server]?.backup === undefined ? login : await world.login(server, 'backup');
    const inLive = await readLive(reader, live, to);
    // One that was kept lets nobody in, and needs nothing: it is as it was.
    const prepared = isKept
      ? { given: 0, missed: 0, ids: new Map<string, number>() }
      : await inside(login, name, operation, world, async (session) => {
          const onSchemas = await giveRights(session, inLive?.rights.onSchemas ?? []);
          const given = await giveAway(session, to);
          await session.query({ text: `SET ROLE ${quotedIdentifier(to)}` });
          const missed = onSchemas + (await giveRights(session, inLive?.rights.onObjects ?? []));
          await signalAnew(session, inLive?.signals ?? null);
          return { given, missed, ids: await highestIds(session) };
        });
    const files = await gained(name, isKept, world);
    couldSend = !isKept;
    const putBack = isKept ? 0 : await inside(login, name, operation, world, (session) => bringBack(session, to));
    const lost =
      live === null
        ? []
        : await reading(reader, live.name, (session) =>
            lossIn(session, isKept ? { at: restored.mark?.at ?? '' } : { ids: prepared.ids }),
          );
    world.signal.throwIfAborted();
    world.progress({ words: `swapping ${name} for ${database}` });
    const exchanged = await exchange(
      {
        ...{ login, maintenance, live: database, restored: name, owner: to, isDirect, isOwned: restored.owner === to },
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
    couldSend = false;
    await tidied(name, isKept, world);
    return {
      ...{ server, database, kept: live === null ? null : kept, owner: to, objects: prepared.given },
      ...{
        rightsLeft: prepared.missed,
        putBack,
        files,
        ended: exchanged.ended,
        settingsLeft: [...exchanged.settingsLeft],
      },
      lost: Object.fromEntries(lost.map(({ table, rows }) => [table, rows])),
    };
  } catch (error) {
    if (couldSend && !(await isSwapped(login, maintenance, database, restored.oid, operation))) {
      await inside(login, name, operation, null, (session) => neutralise(session, to)).catch(() => undefined);
    }
    if (world.signal.aborted) {
      throw new WriteFailure('refused', `it was stopped; ${database} is as it was`, 'stopped');
    }
    throw error instanceof ReadFailure
      ? new WriteFailure('refused', `${clean(error.message)}; ${database} is as it was`, error.code)
      : error;
  }
}

/** What the one that takes its place needs to know of the live one. Null where there is none. */
async function readLive(reader: DatabaseLogin, live: DatabaseRow | null, owner: string) {
  return live === null
    ? null
    : await reading(reader, live.name, async (session) => ({
        rights: await rightsIn(session, owner),
        signals: await signalsIn(session),
      }));
}

async function reading<T>(login: DatabaseLogin, database: string, work: (session: Session) => Promise<T>): Promise<T> {
  const session = await login.reading(database, { statementMs: readMs });
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}

interface Planned {
  readonly tenant: string;
  readonly server: string;
  readonly login: DatabaseLogin;
  readonly maintenance: string;
  readonly live: DatabaseRow | null;
  readonly restored: DatabaseRow;
  /** Whose rights this login has all the time. */
  readonly roles: ReadonlySet<string>;
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
    const roles = await session.query({
      text: `SELECT rolname AS name FROM pg_roles WHERE pg_has_role(current_user, oid, 'USAGE')`,
    });
    return {
      ...{ tenant: object?.tenant ?? '', server, login, maintenance, live: same(liveName(plan)), restored },
      roles: new Set(roles.map((row) => String(row['name']))),
    };
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
