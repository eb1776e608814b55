import { createHash } from 'node:crypto';
import type { Client } from 'pg';
import { namesOf, tlsOptions } from '#systems/tls.ts';
import { exitCodes, TillError } from '#text/till-error.ts';
import { failureOf, failureToEnter, LostAnswer, notSetUp, type Place } from './failure.ts';
import { schemaVersion } from './setup/script.ts';

const names = new Map<string, string>();

/** A prepared statement's name has at most 63 bytes. The statements are constants of ours, so few. */
function nameOf(text: string): string {
  const name = names.get(text) ?? createHash('sha256').update(text).digest('base64url');
  names.set(text, name);
  return name;
}

const settle = 'SELECT till_ledger.settle()';

export interface LedgerServer {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly tls: 'disable' | 'require' | 'verify-ca' | 'verify-full';
  readonly ca?: string | undefined;
  /** Asked at each connection, so that what was rotated is found; undefined where the server asks for none. */
  password(): Promise<string | undefined>;
}

export type Row = Readonly<Record<string, unknown>>;

/** Both longer than the longest wait for the head, and shorter than a lease lasts. */
const lockMs = 8_000;
const statementMs = 12_000;
const connectMs = 5_000;
const answerMs = 15_000;
/** A client that dies with the head in its hand lets go of it so soon. */
const idleInTransactionMs = 5_000;

/** One session with the ledger's server, opened when it is first needed and anew after it was lost. */
export class LedgerConnection {
  readonly place: Place;
  readonly #server: LedgerServer;
  #client: Promise<Client> | null = null;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(server: LedgerServer) {
    this.#server = server;
    this.place = { at: `${server.host}:${server.port}`, database: server.database, user: server.user };
  }

  /** Throws a TillError, or LostAnswer when it was sent and no answer came. */
  query(text: string, values: readonly unknown[] = []): Promise<readonly Row[]> {
    return this.#inTurn(() => this.#ask(text, values));
  }

  /** As `query`, resolved only when it is on disk; sent together, so that it costs no second way there and back. */
  settled(text: string, values: readonly unknown[]): Promise<readonly Row[]> {
    return this.#inTurn(async () => {
      const asked = this.#ask(text, values);
      const onDisk = this.#ask(settle, []);
      onDisk.catch(() => undefined);
      const rows = await asked;
      await onDisk;
      return rows;
    });
  }

  /** Everything that could be read before is on disk. For a reader without the right to ask, it is as it is. */
  async onDisk(): Promise<void> {
    await this.query(settle).catch((error: unknown) => {
      const mayNot = error instanceof TillError && ['ledger-role', 'ledger-read-only'].includes(error.reason);
      if (!mayNot) {
        throw error;
      }
    });
  }

  /** For what changes nothing: asked once more where the session was lost meanwhile. */
  async read(text: string, values: readonly unknown[] = []): Promise<readonly Row[]> {
    try {
      return await this.query(text, values);
    } catch (error) {
      if (!(error instanceof LostAnswer)) {
        throw error;
      }
      return await this.query(text, values).catch((again: unknown) => {
        throw again instanceof LostAnswer ? failureToEnter(again.cause, this.place) : again;
      });
    }
  }

  /** Several statements as one; nobody else's come in between. */
  transaction<T>(
    work: (query: (text: string, values?: readonly unknown[]) => Promise<readonly Row[]>) => Promise<T>,
  ): Promise<T> {
    return this.#inTurn(async () => {
      await this.#ask('BEGIN ISOLATION LEVEL READ COMMITTED', []);
      try {
        const done = await work((text, values = []) => this.#ask(text, values));
        await this.#ask('COMMIT', []);
        await this.#ask(settle, []);
        return done;
      } catch (error) {
        if (!(error instanceof LostAnswer)) {
          await this.#ask('ROLLBACK', []).catch(() => this.#drop());
        }
        throw error;
      }
    });
  }

  async close(): Promise<void> {
    const client = await this.#client?.catch(() => null);
    this.#client = null;
    await client?.end().catch(() => undefined);
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(work);
    this.#turn = mine.catch(() => undefined);
    return mine;
  }

  async #ask(text: string, values: readonly unknown[]): Promise<readonly Row[]> {
    const client = await this.#open();
    try {
      // Named by its own text, so that the server parses and plans it once a session.
      const { rows } = await client.query<Row>({
        text,
        values: [...values],
        ...(values.length > 0 || text === settle ? { name: nameOf(text) } : {}),
      });
      return rows;
    } catch (error) {
      const failure = failureOf(error, this.place);
      if (failure instanceof LostAnswer) {
        this.#drop();
      }
      throw failure;
    }
  }

  #open(): Promise<Client> {
    this.#client ??= this.#enter().catch((error: unknown) => {
      this.#client = null;
      throw error;
    });
    return this.#client;
  }

  async #enter(): Promise<Client> {
    const { host, port, user, database, tls, ca } = this.#server;
    const { Client: PgClient } = await import('pg');
    try {
      const ssl = await tlsOptions({ mode: tls, ca, names: namesOf({ host }) });
      const client = new PgClient({
        ...{ host, port, user, database, ssl: ssl ?? false, application_name: 'till ledger' },
        password: async () => (await this.#server.password()) ?? '',
        pipeline: true,
        ...{ keepAlive: true, keepAliveInitialDelayMillis: 10_000, connectionTimeoutMillis: connectMs },
        ...{ statement_timeout: statementMs, lock_timeout: lockMs, query_timeout: answerMs },
        idle_in_transaction_session_timeout: idleInTransactionMs,
        // A statement of the server's functions is planned once a session: what a plan suits is the same each time.
        options:
          '-c client_encoding=UTF8 -c timezone=UTC -c jit=off -c plan_cache_mode=force_generic_plan -c default_transaction_isolation=read\\ committed',
      });
      // Without a listener the loss of an idle session would end the process (facts: data-tier.md §5.1).
      client.on('error', () => this.#drop());
      client.on('end', () => this.#drop());
      await client.connect();
      await this.#mustFit(client);
      return client;
    } catch (error) {
      throw error instanceof TillError ? error : failureToEnter(error, this.place);
    }
  }

  /** A till that is older than the schema stops here instead of acting on half of it. */
  async #mustFit(client: Client): Promise<void> {
    const { rows } = await client
      .query<Row>('SELECT schema, encoding FROM till_ledger.hello()')
      .catch((error: unknown) => {
        client.end().catch(() => undefined);
        throw failureOf(error, this.place);
      });
    const schema = Number(rows[0]?.['schema'] ?? 0);
    if (schema > schemaVersion) {
      client.end().catch(() => undefined);
      throw new TillError(`the ledger's schema is version ${schema}; this till knows ${schemaVersion}`, {
        ...{ exit: exitCodes.refused, reason: 'ledger-newer', target: `ledger at ${this.place.at}` },
        next: 'use the newer till that set it up',
      });
    }
    if (schema < schemaVersion) {
      client.end().catch(() => undefined);
      throw notSetUp(this.place);
    }
  }

  #drop(): void {
    const client = this.#client;
    this.#client = null;
    client?.then((open) => open.end().catch(() => undefined)).catch(() => undefined);
  }
}
