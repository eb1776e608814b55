import { type DatabaseMark, markText } from '#backups/database-mark.ts';
import type { Manifest } from '#backups/manifest.ts';
import { quotedIdentifier, quotedLiteral } from '#backups/quoted-sql.ts';
import type { Session } from '#systems/postgres/login.ts';
import { WriteFailure } from '#systems/write-failure.ts';
import { commentSql } from './databases.ts';

/** An empty one, as the original was written, that nobody but its owner may enter; its comment says whose it is. */
export async function makeDatabase(
  session: Session,
  name: string,
  { encoding, collation }: Pick<Manifest['database'], 'encoding' | 'collation'>,
  mark: DatabaseMark,
): Promise<void> {
  const database = quotedIdentifier(name);
  const locale = quotedLiteral(collation);
  try {
    await session.query({
      text: `CREATE DATABASE ${database} TEMPLATE template0 ENCODING ${quotedLiteral(encoding)} LC_COLLATE ${locale} LC_CTYPE ${locale} ALLOW_CONNECTIONS false`,
    });
  } catch (error) {
    throw error instanceof WriteFailure && /^(22023|42809)$/.test(error.code ?? '')
      ? new WriteFailure('refused', `${error.message}: this server's system lacks the locale ${collation}`, error.code)
      : error;
  }
  await session.query({ text: `REVOKE ALL ON DATABASE ${database} FROM PUBLIC` });
  await session.query({ text: commentSql(name, markText(mark)) });
  // Nobody had a moment in which to come in.
  await session.query({ text: `ALTER DATABASE ${database} ALLOW_CONNECTIONS true` });
}

/** Throws WriteFailure where the dump needs an extension that this login cannot make here. */
export async function mustHaveExtensions(session: Session, wanted: readonly string[], user: string): Promise<void> {
  const rows = await session.query({
    text: `SELECT w.name, a.name IS NOT NULL AS here, coalesce(v.trusted, false) OR NOT coalesce(v.superuser, true)
  OR (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS may
FROM unnest($1::text[]) AS w(name) LEFT JOIN pg_available_extensions a ON a.name = w.name
LEFT JOIN pg_available_extension_versions v ON v.name = a.name AND v.version = a.default_version
WHERE w.name <> 'plpgsql' ORDER BY w.name`,
    values: [wanted],
  });
  const away = rows.filter(({ here }) => here !== true).map(({ name }) => String(name));
  if (away.length > 0) {
    throw new WriteFailure(
      'refused',
      `the dump needs extensions that this server has not: ${away.join(', ')}; install them there`,
      'extension',
    );
  }
  const barred = rows.filter(({ may }) => may !== true).map(({ name }) => String(name));
  if (barred.length > 0) {
    throw new WriteFailure(
      'refused',
      `the dump needs extensions that only a superuser may make, and ${user} is none: ${barred.join(', ')}; an administrator can mark them trusted in their control files`,
      'extension',
    );
  }
}
