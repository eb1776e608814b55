import type { Client } from 'pg';
import type { Operation } from '../operation.ts';
import { ReadFailure } from '../source.ts';
import { namesOf, tlsOptions } from '../tls.ts';
import { WriteFailure } from '../write-failure.ts';
import type { EndedLogin, PostgresLogins } from './logins.ts';
import { codeOf, isRefusal, message, type PostgresWriterOptions } from './open-writer.ts';

const connectMs = 5_000;
const terminateMs = 2_000;
const canSetOptions = 160_000;

/** Connects for each act, as `till/<operation>`, so that the server's log joins with the ledger. */
export function openPostgresLogins(options: PostgresWriterOptions): PostgresLogins {
  const connected = async <T>(as: string, work: (client: Client, version: number) => Promise<T>): Promise<T> => {
    const { server } = options;
    const { Client: PgClient } = (await import('pg')).default;
    const { host, port } = await options.address();
    const tls = await tlsOptions({ mode: server.tls, ca: server.ca, names: namesOf(server) });
    const client = new PgClient({
      ...{ host, port, user: server.user, database: server.database },
      password: async () => (await options.password()) ?? '',
      ssl: tls ?? false,
      application_name: as,
      connectionTimeoutMillis: connectMs,
      statement_timeout: connectMs,
    });
    client.on('error', () => undefined);
    try {
      await client.connect();
    } catch (error) {
      throw new WriteFailure('refused', `${options.name}: ${message(error)}`, codeOf(error));
    }
    try {
      const { rows } = await client.query<{ version: number }>(
        "SELECT current_setting('server_version_num')::int AS version",
      );
      return await work(client, rows[0]?.version ?? 0);
    } catch (error) {
      const code = codeOf(error);
      throw new WriteFailure(isRefusal(code) ? 'refused' : 'unknown', `${options.name}: ${message(error)}`, code);
    } finally {
      await client.end().catch(() => undefined);
    }
  };
  const act = <T>(operation: Operation, work: (client: Client, version: number) => Promise<T>) =>
    connected(`till/${operation.id}`, work);

  return {
    makeLogin: (operation, { name, password, validUntil, roles, comment }) =>
      act(operation, async (client, version) => {
        const login = client.escapeIdentifier(name);
        // ALTER ROLE may not even repeat what only a superuser may change.
        const made = (await isThere(client, name))
          ? `ALTER ROLE ${login} LOGIN INHERIT`
          : `CREATE ROLE ${login} LOGIN INHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION`;
        // The password is made by us of letters and digits; SCRAM is asked for whatever the server's setting is.
        await client.query('BEGIN');
        await client.query("SET LOCAL password_encryption = 'scram-sha-256'");
        await client.query(
          `${made} CONNECTION LIMIT 2 PASSWORD ${client.escapeLiteral(password)} VALID UNTIL ${client.escapeLiteral(validUntil)}`,
        );
        await client.query(`COMMENT ON ROLE ${login} IS ${client.escapeLiteral(comment)}`);
        const canForbidSetRole = version >= canSetOptions;
        for (const role of roles) {
          // Without SET, a REVOKE reaches what a session does next (facts: access-audit.md §4.2).
          const how = canForbidSetRole ? ' WITH INHERIT TRUE, SET FALSE' : '';
          await client.query(`GRANT ${client.escapeIdentifier(role)} TO ${login}${how}`);
        }
        await client.query('COMMIT');
        return { canForbidSetRole };
      }),
    endLogin: (operation, name) => act(operation, (client, version) => ended(client, version, name)),
    async found() {
      try {
        return await connected('till', async (client) => {
          const { rows } = await client.query<{ name: string; comment: string | null }>(
            `SELECT rolname AS name, shobj_description(oid, 'pg_authid') AS comment FROM pg_roles
WHERE rolname LIKE 'till\\_g\\_%' ORDER BY rolname`,
          );
          return rows;
        });
      } catch (error) {
        throw error instanceof WriteFailure ? new ReadFailure('unreachable', error.message, error.code) : error;
      }
    },
    close: async () => undefined,
  };
}

async function isThere(client: Client, name: string): Promise<boolean> {
  const { rows } = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [name]);
  return rows.length > 0;
}

/** First no new session, then no right, then no old session; the name goes last. Each is a transaction of its own: none waits for the next. */
async function ended(client: Client, version: number, name: string): Promise<EndedLogin> {
  if (!(await isThere(client, name))) {
    return { wasThere: false, sessions: 0, stays: null };
  }
  const login = client.escapeIdentifier(name);
  await client.query(`ALTER ROLE ${login} NOLOGIN CONNECTION LIMIT 0 PASSWORD NULL`);
  const { rows: memberships } = await client.query<{ role: string }>(
    'SELECT r.rolname AS role FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid JOIN pg_roles u ON u.oid = m.member WHERE u.rolname = $1',
    [name],
  );
  for (const { role } of memberships) {
    await client.query(`REVOKE ${client.escapeIdentifier(role)} FROM ${login}`);
  }
  const terminate = version >= 140_000 ? `pg_terminate_backend(pid, ${terminateMs})` : 'pg_terminate_backend(pid)';
  const { rows: sessions } = await client.query<{ done: boolean }>(
    `SELECT ${terminate} AS done FROM pg_stat_activity WHERE usename = $1`,
    [name],
  );
  try {
    await client.query(`DROP ROLE ${login}`);
    return { wasThere: true, sessions: sessions.length, stays: null };
  } catch (error) {
    if (codeOf(error) !== '2BP01') {
      throw error;
    }
    // It owns something: that is for an administrator to look at, and the role can no longer do anything.
    return { wasThere: true, sessions: sessions.length, stays: `${name} owns objects: ${message(error)}` };
  }
}
