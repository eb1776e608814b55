import { type DatabaseMark, keptName } from '#backups/database-mark.ts';
import { endedIn } from '#backups/neutralise/bring-back.ts';
import type { Blocker } from '#policy/refusal.ts';
import type { DatabaseLogin, Session } from '#systems/postgres/login.ts';
import { clean } from '#text/clean.ts';
import { exitCodes, TillError } from '#text/till-error.ts';
import type { PlanRequest, PlanWorld } from '../../action.ts';
import type { PlanDraft, PlanObject } from '../../plan.ts';
import { placeOf } from '../../sessions.ts';
import { clientsIn, type DatabaseRow, databasesOf } from '../databases.ts';
import { maintenanceOf } from '../discard.ts';
import { ownPlace } from '../place.ts';
import type { RecoveryPlace } from '../recover.ts';
import { highestIds, type Loss, lossIn, lossWords } from './loss.ts';

const countMs = 20_000;

export interface Swapping {
  readonly swap: string;
  /** The role that Odoo logs in with, where no live database says it. */
  readonly owner: string | null;
}

/** What a swap would do; what would be lost by it is counted in the live database, now. */
export async function swapPlan(request: PlanRequest<unknown>, { swap, owner }: Swapping): Promise<PlanDraft> {
  const { tenant, estate, world } = request;
  const own = placeOf(tenant);
  const place = tenant === null ? null : ownPlace(tenant, estate);
  if (place === null) {
    throw new TillError(`the estate names no login that may swap databases on ${own.server}`, {
      ...{ exit: exitCodes.usage, reason: 'no-login', target: own.tenant },
      next: `add \`postgres.${own.server}.restore\`: what is restored elsewhere cannot be swapped in`,
    });
  }
  const login = await world.login(own.server, 'restore');
  const session = await login.reading(maintenanceOf(own.server, world));
  try {
    const rows = await databasesOf(session, [own.database, swap]);
    const live = rows.find(({ name }) => name === own.database) ?? null;
    const restored = swapped(rows.find(({ name }) => name === swap) ?? null, swap, own);
    const to = live?.owner ?? owner;
    if (to === null) {
      throw new TillError(`there is no database ${own.database} whose owner and rights ${swap} could get`, {
        ...{ exit: exitCodes.usage, reason: 'no-live', target: own.tenant },
        next: `say which role Odoo logs in with: --owner odoo`,
      });
    }
    const kept = keptName(own.database, restored.mark.operation);
    const object = ({ name, oid }: Pick<DatabaseRow, 'name' | 'oid'>): PlanObject => ({
      ...({ system: 'postgres', cluster: own.server, tenant: own.tenant, kind: 'database', namespace: null } as const),
      ...{ name, uid: oid, version: null },
    });
    const [losses, ended, clients] = [
      live === null ? [] : await lossesOf(login, live, restored, place, world),
      restored.mark.till === 'kept' ? {} : await within(login, restored.name, endedIn),
      live === null ? [] : await clientsIn(session, live.name),
    ];
    const holds = holdsWords(restored.mark);
    return {
      danger: 'severe',
      objects: [...(live === null ? [] : [object(live)]), object(restored)],
      changes: [
        {
          ...{ object: `database ${own.database}`, field: 'holds', owner: null },
          ...{ before: live === null ? null : liveWords(restored.mark), after: holds },
        },
        ...(live === null
          ? []
          : [{ object: `database ${kept}`, field: 'holds', before: null, after: 'what is live now', owner: null }]),
      ],
      ...(live === null ? {} : { losses: lostWords(losses, restored.mark) }),
      blockers: await blockersOf(session, { login, to, kept, clients, live, server: own.server }),
      warnings: [
        ...(live === null ? [`there is no database ${own.database} now: nothing is lost by it`] : []),
        ...endedWords(ended),
        ...(clients.length === 0 ? [] : [`these are cut off, and come back to the other one: ${who(clients)}`]),
        ...(live === null ? [] : [`what is live now is kept as ${kept}, which nobody may enter`]),
        ...filesWords(request.tenant?.filestore, restored.mark),
        `Odoo goes on with what it has in memory until it looks again: till restart ${own.tenant} after it`,
      ],
      undo:
        live === null
          ? null
          : {
              action: 'restore',
              params: { from: null, into: null, at: null, of: null, drop: null, swap: kept, owner: null },
              words: `swap ${kept} back in`,
            },
      equivalents: [
        ...(live === null ? [] : [`ALTER DATABASE "${own.database}" RENAME TO "${kept}"`]),
        `ALTER DATABASE "${swap}" RENAME TO "${own.database}"`,
        `ALTER DATABASE "${own.database}" OWNER TO "${to}"`,
      ],
      expectedSeconds: 20,
    };
  } finally {
    await session.close();
  }
}

type Marked = DatabaseRow & { readonly mark: DatabaseMark };

function swapped(
  row: DatabaseRow | null,
  name: string,
  { tenant, server, database }: { readonly tenant: string; readonly server: string; readonly database: string },
): Marked {
  const wrong = (message: string, next: string) =>
    new TillError(message, { exit: exitCodes.usage, reason: 'unknown-database', target: tenant, next });
  if (row === null || name === database) {
    throw wrong(
      name === database ? `${name} is what is live` : `${server} has no database ${clean(name)}`,
      `till backups ${tenant} names what was restored`,
    );
  }
  const { mark } = row;
  if (mark === null || mark.tenant !== tenant || mark.till === 'scratch') {
    throw wrong(
      mark === null
        ? `${name} was not made by till: it has no comment of ours`
        : mark.till === 'scratch'
          ? `${name} is not whole, or belongs to a drill`
          : `${name} is of ${mark.tenant}`,
      `till restore ${tenant} --from latest makes one`,
    );
  }
  return { ...row, mark };
}

async function lossesOf(
  login: DatabaseLogin,
  live: DatabaseRow,
  restored: Marked,
  { server }: RecoveryPlace,
  world: PlanWorld,
): Promise<readonly Loss[]> {
  const since =
    restored.mark.till === 'kept' ? { at: restored.mark.at } : { ids: await within(login, restored.name, highestIds) };
  // The login that reads everything, where there is one; the other may act as the owner, and reads as well.
  const reader = world.estate.postgres[server]?.backup === undefined ? login : await world.login(server, 'backup');
  return await within(reader, live.name, (session) => lossIn(session, since));
}

async function within<T>(login: DatabaseLogin, database: string, work: (session: Session) => Promise<T>): Promise<T> {
  const session = await login.reading(database, { statementMs: countMs });
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}

function lostWords(losses: readonly Loss[], { holds, at, till }: DatabaseMark): readonly string[] {
  const since = till === 'kept' ? at : (holds ?? at);
  const lost = lossWords(losses);
  return lost.length === 0
    ? [`what was changed since ${since}; no order, sale or payment has come in since then`]
    : [...lost, `what else was changed since ${since}`];
}

function endedWords(ended: Readonly<Record<string, number>>): readonly string[] {
  const words = Object.entries(ended).map(([word, rows]) => `${rows} ${word}`);
  return words.length === 0 ? [] : [`waited when it was backed up, and stays cancelled: ${words.join(', ')}`];
}

function filesWords(filestore: unknown, { till }: DatabaseMark): readonly string[] {
  if (till === 'kept') {
    return [];
  }
  return filestore !== undefined && filestore !== null && typeof filestore === 'object' && 'path' in filestore
    ? ['the live filestore gains the files that it lacks, and loses none']
    : ['the live filestore is no folder that till can write: files that were deleted since the backup stay away'];
}

interface Asked {
  readonly login: DatabaseLogin;
  readonly to: string;
  readonly kept: string;
  readonly clients: Awaited<ReturnType<typeof clientsIn>>;
  readonly live: DatabaseRow | null;
  readonly server: string;
}

async function blockersOf(
  session: Session,
  { login, to, kept, clients, live, server }: Asked,
): Promise<readonly Blocker[]> {
  const [row] = await session.query({
    text: `SELECT r.rolsuper AS super, r.rolcreatedb AS creates, pg_has_role(r.oid, 'pg_signal_backend', 'USAGE') AS signals,
  coalesce(pg_has_role(r.oid, o.oid, 'MEMBER'), false) AS member, coalesce(pg_has_role(r.oid, o.oid, 'USAGE'), false) AS direct,
  coalesce(o.rolcreatedb, false) AS renames, (SELECT count(*)::int FROM pg_database WHERE datname = $2) AS taken
FROM pg_roles r LEFT JOIN pg_roles o ON o.rolname = $1 WHERE r.rolname = current_user`,
    values: [to, kept],
  });
  const is = (what: string) => row?.[what] === true || row?.['super'] === true;
  const mayRename = (is('direct') && is('creates')) || is('renames');
  const superusers = clients.filter(({ isSuperuser }) => isSuperuser);
  const all: readonly (readonly [stands: boolean, reason: string, wayOut: string])[] = [
    [
      !is('member'),
      `${login.user} may not become ${to}, which owns the live database`,
      `till estate grants --restore gives it that`,
    ],
    [!is('signals'), `${login.user} may not end sessions`, `GRANT pg_signal_backend TO "${login.user}"`],
    [
      is('member') && !mayRename && live !== null,
      `${to} owns the live database and may not rename it: that takes CREATEDB`,
      `ALTER ROLE "${to}" CREATEDB, for the moment of the swap`,
    ],
    [Number(row?.['taken']) > 0, `${server} has a database ${kept} already`, 'drop it first: till restore … --drop'],
    [
      superusers.length > 0 && row?.['super'] !== true,
      `a superuser is in ${live?.name}, whose session only a superuser may end`,
      'have them leave it',
    ],
  ];
  return all
    .filter(([stands]) => stands)
    .map(([, reason, wayOut]) => ({ by: `postgres ${server}`, reason, until: null, wayOut }));
}

function who(clients: Asked['clients']): string {
  const byUser = Map.groupBy(clients, ({ user }) => user);
  return [...byUser].map(([user, all]) => `${all.length} of ${clean(user)}`).join(', ');
}

function holdsWords({ till, backup, at }: DatabaseMark): string {
  return till === 'kept' ? `what was live until ${at}` : `backup ${backup}`;
}

/** As the swap that kept it has left it, so that its undo finds what it wrote. */
function liveWords({ till, backup }: DatabaseMark): string {
  return till === 'kept' && backup !== null ? `backup ${backup}` : 'what is live now';
}
