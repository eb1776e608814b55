import type { Tenant } from '#estate/estate.ts';
import { blockersOf, type Blocker as Root } from '#health/queries/blocking.ts';
import { type Session, session, sessions, sessionsOf } from '#health/queries/sessions.ts';
import type { SessionRef } from '#systems/postgres/writer.ts';
import { WriteFailure } from '#systems/write-failure.ts';
import { span } from '#text/age.ts';
import { clean } from '#text/clean.ts';
import { exitCodes, TillError } from '#text/till-error.ts';
import type { PlanWorld } from './action.ts';
import type { PlanObject } from './plan.ts';

// What the actions on sessions share. A session is one connection of one process: its pid is given out anew after it, so a
// plan pins pid and start together, and acts on nothing else (facts: data-tier.md §1.6).

/** A tenant's own database, and the server that it lives on. */
export interface Place {
  readonly tenant: string;
  readonly server: string;
  readonly database: string;
}

/** A session, and those who wait for it, directly or through others. */
export interface Held {
  readonly session: Session;
  readonly waiters: readonly Session[];
}

export function placeOf(tenant: Tenant | null): Place {
  if (tenant === null || tenant.postgres === null || tenant.database === null) {
    throw new TillError('the estate does not say which database it has', {
      exit: exitCodes.usage,
      reason: 'no-database',
      ...(tenant === null ? {} : { target: tenant.name }),
      next: 'name its postgres and database in estate.yaml',
    });
  }
  return { tenant: tenant.name, server: tenant.postgres, database: tenant.database };
}

const deadlineMs = 5_000;

/** Everybody in a transaction or waiting, on the whole server. */
export async function sessionsOn(server: string, world: PlanWorld): Promise<readonly Session[]> {
  const reader = await world.postgres(server);
  const identity = await reader.identity();
  const query = sessions.query(identity);
  return query === null ? [] : sessions.parse(await reader.query(query, { deadlineMs }), identity);
}

/** The sessions of these pids, idle or not; those that have ended are left out. */
export async function sessionsWith(
  server: string,
  pids: readonly number[],
  world: PlanWorld,
): Promise<readonly Session[]> {
  if (pids.length === 0) {
    return [];
  }
  const reader = await world.postgres(server);
  return (await reader.query(sessionsOf(await reader.identity(), pids), { deadlineMs })).map(session);
}

/** The session of that pid in the tenant's own database, with those who wait for it. Throws TillError when there is none. */
export async function sessionAt(place: Place, pid: number, world: PlanWorld): Promise<Held> {
  const [[found], all] = await Promise.all([sessionsWith(place.server, [pid], world), sessionsOn(place.server, world)]);
  if (found === undefined || found.database !== place.database) {
    throw new TillError(
      found === undefined
        ? `${place.server} has no session ${pid}`
        : `session ${pid} is in ${clean(found.database ?? 'no database')}, not in ${place.database}`,
      {
        exit: exitCodes.usage,
        reason: 'unknown-session',
        target: place.tenant,
        next: `till show ${place.tenant} lists its sessions`,
      },
    );
  }
  return { session: found, waiters: rootsIn(all, place).find((root) => root.pid === pid)?.waiters ?? [] };
}

/** The heads of the lock tree of the tenant's database. */
export async function rootsAt(
  place: Place,
  world: PlanWorld,
): Promise<readonly (Omit<Root, 'session'> & { readonly session: Session | null })[]> {
  const roots = rootsIn(await sessionsOn(place.server, world), place);
  const silent = roots.filter((root) => root.session === null && root.pid !== 0).map((root) => root.pid);
  // One that is idle outside a transaction can still hold an advisory lock, and is not in the list of the busy ones.
  const idle = await sessionsWith(place.server, silent, world);
  return roots.map((root) => ({ ...root, session: root.session ?? idle.find(({ pid }) => pid === root.pid) ?? null }));
}

function rootsIn(all: readonly Session[], { database }: Place): readonly Root[] {
  return blockersOf(all, database);
}

export function sessionObject(place: Place, session: Session, version: string | null): PlanObject {
  return {
    system: 'postgres',
    // PostgreSQL's own word for a server with its databases.
    cluster: place.server,
    tenant: place.tenant,
    kind: 'session',
    namespace: place.database,
    name: String(session.pid),
    uid: `${session.pid}@${session.backendStart ?? ''}`,
    version,
  };
}

/** The plan's pin, as the writer takes it. */
export function refOf({ uid }: PlanObject): SessionRef {
  const [pid = '', backendStart = ''] = (uid ?? '').split(/@(.*)/su);
  return { pid: Number(pid), backendStart };
}

/** Whose it is: the same as long as it lives. */
export function ownerWords({ user, application, client }: Session): string {
  const named = [user ?? 'nobody', ...(application === null || application === '' ? [] : [application])];
  return clean(`${named.join('/')}${client === null ? '' : ` from ${client}`}`);
}

/** A line for the person who decides: what it does, since when, whose it is, how many wait, its last words. */
export function story({ session, waiters }: Held): string {
  const since = session.transactionSeconds ?? session.stateSeconds;
  const parts = [
    `session ${session.pid}: ${session.state ?? session.backend}${since === null ? '' : ` for ${span(since)}`}`,
    ownerWords(session),
    waiters.length === 1 ? '1 session waits for it' : `${waiters.length} sessions wait for it`,
    ...(session.query === '' ? [] : [`last: ${session.query}`]),
  ];
  return clean(parts.join('; '));
}

/** A server that does not let our role signal others says so in a way that nobody can act on. */
export async function signalling<T>(signal: () => Promise<T>): Promise<T> {
  try {
    return await signal();
  } catch (error) {
    throw error instanceof WriteFailure && error.code === '42501'
      ? new WriteFailure(
          error.certainty,
          `${error.message}; what our role lacks: till estate grants --operator (sessions of a superuser are for a superuser)`,
          error.code,
          error.moved,
        )
      : error;
  }
}
