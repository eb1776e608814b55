import { randomBytes } from 'node:crypto';
import { access, type FileHandle, open, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from 'pg';
import type { PostgresServer } from '#estate/schema.ts';
import type { Operation } from '../operation.ts';
import { ReadFailure } from '../source.ts';
import { namesOf, tlsOptions } from '../tls.ts';
import { WriteFailure } from '../write-failure.ts';
import type { DatabaseLogin, LibpqAccess, Session, SessionOptions } from './login.ts';
import { codeOf, isRefusal, message } from './open-writer.ts';
import type { Query, Row } from './server.ts';

export interface LoginOptions {
  readonly name: string;
  /** With the login's own user. */
  readonly server: PostgresServer;
  readonly password: () => Promise<string | undefined>;
  readonly address: () => Promise<{ readonly host: string; readonly port: number }>;
}

const connectMs = 10_000;
/** Where Debian, Red Hat and Alpine keep the authorities that the system trusts. */
const bundles = ['/etc/ssl/certs/ca-certificates.crt', '/etc/pki/tls/certs/ca-bundle.crt', '/etc/ssl/cert.pem'];
const passfileDescriptor = 3;

export function openDatabaseLogin({ name, server, password, address }: LoginOptions): DatabaseLogin {
  const session = async (
    database: string,
    as: { readonly applicationName: string; readonly isReading: boolean },
    options: SessionOptions,
    fail: (error: unknown, isConnected: boolean) => Error,
  ): Promise<Session> => {
    const { Client: PgClient } = (await import('pg')).default;
    const { host, port } = await address();
    const tls = await tlsOptions({ mode: server.tls, ca: server.ca, names: namesOf(server) });
    const client = new PgClient({
      ...{ host, port, user: server.user, database },
      password: async () => (await password()) ?? '',
      ssl: tls ?? false,
      application_name: as.applicationName,
      connectionTimeoutMillis: connectMs,
      keepAlive: true,
      ...(options.statementMs === undefined ? {} : { statement_timeout: options.statementMs }),
      options: `-c client_encoding=UTF8 -c timezone=UTC -c datestyle=ISO${as.isReading ? ' -c default_transaction_read_only=on' : ''}`,
    });
    const lost = new AbortController();
    let isClosed = false;
    client.on('error', () => lost.abort());
    client.on('end', () => {
      if (!isClosed) {
        lost.abort();
      }
    });
    try {
      await client.connect();
    } catch (error) {
      throw fail(error, false);
    }
    const abort = () => void client.end().catch(() => undefined);
    options.signal?.addEventListener('abort', abort, { once: true });
    return {
      query: (query) => rowsOf(client, query, (error) => fail(error, true)),
      lost: lost.signal,
      async close() {
        isClosed = true;
        options.signal?.removeEventListener('abort', abort);
        await client.end().catch(() => undefined);
      },
    };
  };

  return {
    server: name,
    user: server.user,
    reading: (database, options = {}) =>
      session(database, { applicationName: 'till', isReading: true }, options, (error) =>
        readFailure(name, server.user, error),
      ),
    writing: (operation: Operation, database, options = {}) =>
      session(
        database,
        { applicationName: `till/${operation.id}`, isReading: false },
        options,
        (error, isConnected) => {
          const code = codeOf(error);
          const certainty = !isConnected || isRefusal(code) ? 'refused' : 'unknown';
          return new WriteFailure(certainty, `${name}: ${message(error)}`, code);
        },
      ),
    async forChildren(database, applicationName): Promise<LibpqAccess> {
      const { host, port } = await address();
      const passfile = await unnamedFile(`*:*:*:*:${escaped((await password()) ?? '')}\n`);
      return {
        passfile,
        env: {
          ...{ PGHOST: host, PGPORT: String(port), PGUSER: server.user, PGDATABASE: database },
          ...{ PGPASSFILE: `/dev/fd/${passfileDescriptor}`, PGAPPNAME: applicationName, PGCLIENTENCODING: 'UTF8' },
          PGSSLMODE: server.tls,
          PGCONNECT_TIMEOUT: String(connectMs / 1000),
          ...(await authorities(server)),
          // Through a forward the certificate names the Service, and the address is 127.0.0.1.
          ...(server.via === undefined || server.tls !== 'verify-full'
            ? {}
            : { PGHOST: namesOf(server)[0] ?? host, PGHOSTADDR: host }),
        },
        close: () => passfile.close(),
      };
    },
  };
}

async function rowsOf(
  client: Client,
  { text, values }: Query,
  fail: (error: unknown) => Error,
): Promise<readonly Row[]> {
  try {
    const { rows } = await client.query<Row>({ text, ...(values === undefined ? {} : { values: [...values] }) });
    return rows;
  } catch (error) {
    throw fail(error);
  }
}

function readFailure(name: string, user: string, error: unknown): ReadFailure {
  const code = codeOf(error);
  const isForbidden = code !== null && /^(?:28|42501)/.test(code);
  return new ReadFailure(
    isForbidden ? 'forbidden' : isRefusal(code) ? 'unsupported' : 'unreachable',
    `${name} as ${user}: ${message(error)}`,
    code,
  );
}

/** libpq looks in the home folder unless told; `system` is not known to it before 16. */
async function authorities({ ca, tls }: PostgresServer): Promise<Readonly<Record<string, string>>> {
  const places = ca === undefined ? bundles : [ca];
  for (const path of tls === 'disable' || (tls === 'require' && ca === undefined) ? [] : places) {
    if (
      ca !== undefined ||
      (await access(path).then(
        () => true,
        () => false,
      ))
    ) {
      return { PGSSLROOTCERT: path };
    }
  }
  return {};
}

/** A colon or a backslash of the password would end its field. */
function escaped(password: string): string {
  return password.replaceAll('\\', '\\\\').replaceAll(':', '\\:');
}

async function unnamedFile(content: string): Promise<FileHandle> {
  const path = join(tmpdir(), `till-${randomBytes(12).toString('hex')}`);
  const file = await open(path, 'wx+', 0o600);
  try {
    await unlink(path);
    await file.write(content, 0);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}
