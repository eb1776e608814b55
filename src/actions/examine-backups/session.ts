import { type Finding, flaw } from '#health/finding.ts';
import type { DatabaseLogin, LoginPurpose, Session } from '#systems/postgres/login.ts';
import { ReadFailure } from '#systems/source.ts';
import { type Looked, wordsOf } from './looked.ts';

export const patience = { statementMs: 10_000 };

/** Logs in and looks; that it cannot is a finding too. */
export async function examined(
  subject: string,
  check: string,
  server: string,
  purpose: LoginPurpose,
  world: Looked,
  look: (session: Session, login: DatabaseLogin) => Promise<readonly Finding[]>,
): Promise<readonly Finding[]> {
  try {
    const login = await world.login(server, purpose);
    const session = await login.reading(world.estate.postgres[server]?.database ?? 'postgres', patience);
    try {
      return await look(session, login);
    } finally {
      await session.close();
    }
  } catch (error) {
    if (!(error instanceof ReadFailure)) {
      throw error;
    }
    return [flaw(subject, check, error.reason === 'unreachable' ? 'away' : 'missing', wordsOf(error))];
  }
}

export function databasesOf(server: string, { tenants }: Looked): readonly string[] {
  return tenants.flatMap(({ postgres, database }) => (postgres === server && database !== null ? [database] : []));
}

export async function isMaker(session: Session): Promise<boolean> {
  const [row] = await session.query({
    text: 'SELECT rolcreatedb OR rolsuper AS may FROM pg_roles WHERE rolname = current_user',
  });
  return row?.['may'] === true;
}
