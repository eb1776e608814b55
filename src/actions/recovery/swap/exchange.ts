import { setTimeout as pause } from 'node:timers/promises';
import { type DatabaseMark, markText } from '#backups/database-mark.ts';
import { quotedIdentifier, quotedLiteral } from '#backups/quoted-sql.ts';
import type { Operation } from '#systems/operation.ts';
import type { DatabaseLogin, Session } from '#systems/postgres/login.ts';
import { WriteFailure } from '#systems/write-failure.ts';
import { commentSql, databaseNamed, endSessions } from '../databases.ts';

export interface Exchange {
  readonly login: DatabaseLogin;
  readonly maintenance: string;
  /** The tenant's database, and what takes its name. */
  readonly live: string;
  readonly restored: string;
  /** What the live one is called afterwards; null where there is none to be kept. */
  readonly kept: { readonly name: string; readonly mark: DatabaseMark } | null;
  /** The role that Odoo logs in with. */
  readonly owner: string;
  /** Whether it owns the restored one already, as it does one that was kept. */
  readonly isOwned: boolean;
  /** Whether the login has that role's rights all the time. Else it becomes that role for each statement that needs it. */
  readonly isDirect: boolean;
}

export interface Exchanged {
  /** Sessions that were ended. */
  readonly ended: number;
  /** Settings of the live database that this login may not set. */
  readonly settingsLeft: readonly string[];
}

const everyMs = 50;
const attempts = 3;

/**
 * The restored database takes the live one's name, owner, rights and settings; the live one is kept, and nobody may enter it. All of it is one transaction: renaming locks the live database against new sessions while it waits for the old ones to be
 * ended, so that whatever dies in between leaves everything as it was. Throws WriteFailure; `unknown` only when the commit was not answered
 * and the names do not tell.
 */
export async function exchange(exchanging: Exchange, operation: Operation): Promise<Exchanged> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await tried(exchanging, operation);
    } catch (error) {
      // Somebody came in between two endings, or would not go within the server's five seconds.
      if (!(error instanceof WriteFailure) || error.code !== '55006' || attempt === attempts) {
        throw error;
      }
    }
  }
}

async function tried(exchanging: Exchange, operation: Operation): Promise<Exchanged> {
  const { login, maintenance, live, restored, kept, owner, isOwned, isDirect } = exchanging;
  const [session, ending] = [await login.writing(operation, maintenance), await login.writing(operation, maintenance)];
  const run = (text: string) => session.query({ text });
  const become = () => (isDirect ? Promise.resolve() : run(`SET LOCAL ROLE ${quotedIdentifier(owner)}`));
  let isCommitting = false;
  try {
    const before = kept === null ? null : await standingOf(session, live);
    let ended = 0;
    await run('BEGIN');
    await run(`SET LOCAL lock_timeout = '10s'`);
    if (kept !== null) {
      await become();
      ended = await whileEnding(ending, [live, restored], () =>
        run(`ALTER DATABASE ${quotedIdentifier(live)} RENAME TO ${quotedIdentifier(kept.name)}`),
      );
    }
    await (isOwned ? become() : run('RESET ROLE'));
    await whileEnding(ending, [restored], () =>
      run(`ALTER DATABASE ${quotedIdentifier(restored)} RENAME TO ${quotedIdentifier(live)}`),
    );
    if (!isOwned) {
      await run(`ALTER DATABASE ${quotedIdentifier(live)} OWNER TO ${quotedIdentifier(owner)}`);
    }
    await become();
    for (const text of rightsSql(live, owner, before)) {
      await run(text);
    }
    const settingsLeft = before === null ? [] : await settled(session, live, before);
    await run(commentSql(live, before?.comment ?? null));
    await run(`ALTER DATABASE ${quotedIdentifier(live)} ALLOW_CONNECTIONS true`);
    if (kept !== null) {
      const was = before?.comment == null ? {} : { was: before.comment };
      // Odoo would find it by its owner, and run its scheduled actions.
      await run(`ALTER DATABASE ${quotedIdentifier(kept.name)} ALLOW_CONNECTIONS false`);
      await run(commentSql(kept.name, markText({ ...kept.mark, ...was })));
    }
    isCommitting = true;
    await run('COMMIT');
    return { ended, settingsLeft };
  } catch (error) {
    if (isCommitting && kept !== null && (await hasHappened(exchanging, kept.mark.operation, operation))) {
      return { ended: 0, settingsLeft: [] };
    }
    throw error;
  } finally {
    await Promise.all([session.close(), ending.close()]);
  }
}

/** Ends who is in them, again and again, until the work is done: Odoo comes back at once, and is locked out only by the rename itself. */
async function whileEnding(
  session: Session,
  databases: readonly string[],
  work: () => Promise<unknown>,
): Promise<number> {
  let isDone = false;
  const working = work().finally(() => {
    isDone = true;
  });
  working.catch(() => undefined);
  let ended = 0;
  while (!isDone) {
    for (const database of databases) {
      ended += await endSessions(session, database);
    }
    await Promise.race([working.catch(() => undefined), pause(everyMs)]);
  }
  await working;
  return ended;
}

async function hasHappened({ login, maintenance, kept }: Exchange, by: string, operation: Operation): Promise<boolean> {
  const session = await login.writing(operation, maintenance);
  try {
    return (await databaseNamed(session, kept?.name ?? ''))?.mark?.operation === by;
  } finally {
    await session.close();
  }
}

/** What belongs to the name, and not to what is in the database. */
interface Standing {
  readonly comment: string | null;
  readonly rights: readonly { readonly grantee: string | null; readonly privilege: string; readonly option: boolean }[];
  readonly settings: readonly { readonly name: string; readonly value: string }[];
  readonly limit: number;
}

async function standingOf(session: Session, database: string): Promise<Standing> {
  const rights = await session.query({
    text: `SELECT CASE g.grantee WHEN 0 THEN NULL ELSE pg_get_userbyid(g.grantee) END AS grantee, g.privilege_type AS privilege, g.is_grantable AS option
FROM pg_database d CROSS JOIN LATERAL aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) AS g WHERE d.datname = $1`,
    values: [database],
  });
  const settings = await session.query({
    text: `SELECT split_part(c, '=', 1) AS name, substr(c, strpos(c, '=') + 1) AS value FROM pg_db_role_setting s
JOIN pg_database d ON d.oid = s.setdatabase CROSS JOIN LATERAL unnest(s.setconfig) AS c WHERE d.datname = $1 AND s.setrole = 0`,
    values: [database],
  });
  const [limit] = await session.query({
    text: 'SELECT datconnlimit AS "limit" FROM pg_database WHERE datname = $1',
    values: [database],
  });
  return {
    comment: (await databaseNamed(session, database))?.comment ?? null,
    rights: rights.map(({ grantee, privilege, option }) => ({
      grantee: typeof grantee === 'string' ? grantee : null,
      ...{ privilege: String(privilege), option: option === true },
    })),
    settings: settings.map(({ name, value }) => ({ name: String(name), value: String(value) })),
    limit: Number(limit?.['limit'] ?? -1),
  };
}

/** As the live one had them; where there was none, as PostgreSQL gives them to a new one. */
function rightsSql(database: string, owner: string, before: Standing | null): readonly string[] {
  const name = quotedIdentifier(database);
  return before === null
    ? [`GRANT CONNECT, TEMPORARY ON DATABASE ${name} TO PUBLIC`]
    : [
        `REVOKE ALL ON DATABASE ${name} FROM PUBLIC, ${quotedIdentifier(owner)}`,
        ...before.rights.map(
          ({ grantee, privilege, option }) =>
            `GRANT ${privilege} ON DATABASE ${name} TO ${roleSql(grantee)}${option ? ' WITH GRANT OPTION' : ''}`,
        ),
        `ALTER DATABASE ${name} CONNECTION LIMIT ${before.limit}`,
      ];
}

/** By way of this transaction's own value: a setting that is a list is quoted otherwise than one that is not. */
async function settled(session: Session, database: string, { settings }: Standing): Promise<readonly string[]> {
  const left: string[] = [];
  await session.query({ text: `ALTER DATABASE ${quotedIdentifier(database)} RESET ALL` });
  for (const { name, value } of settings) {
    await session.query({ text: 'SAVEPOINT setting' });
    try {
      await session.query({ text: `SELECT set_config(${quotedLiteral(name)}, ${quotedLiteral(value)}, true)` });
      await session.query({
        text: `ALTER DATABASE ${quotedIdentifier(database)} SET ${settingSql(name)} FROM CURRENT`,
      });
    } catch (error) {
      if (!(error instanceof WriteFailure) || error.certainty !== 'refused') {
        throw error;
      }
      await session.query({ text: 'ROLLBACK TO SAVEPOINT setting' });
      left.push(name);
    }
  }
  return left;
}

const settingSql = (name: string) => name.split('.').map(quotedIdentifier).join('.');
const roleSql = (grantee: string | null) => (grantee === null ? 'PUBLIC' : quotedIdentifier(grantee));
