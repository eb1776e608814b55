import { onTestFinished } from 'vitest';
import { type Identity, thisProcess } from '#ledger/identity.ts';
import { type Part, setupSql } from '#ledger/postgres/setup/script.ts';
import { openPostgresLedger, type PostgresLedger, type PostgresLedgerOptions } from '#ledger/postgres/store.ts';
import { startTestPostgres, type TestPostgres } from '../../servers.ts';
import { clockAt, estateId } from '../world.ts';

export interface LedgerDatabase {
  readonly server: TestPostgres;
  readonly database: string;
  sql(text: string): ReturnType<TestPostgres['sql']>;
}

export interface World {
  readonly server: TestPostgres;
  /** A ledger of its own, set up for these logins; password is the name. */
  newLedger(grant?: Grants): Promise<LedgerDatabase>;
  stop(): Promise<void>;
}

type Grants = Partial<Record<Part, readonly string[]>>;

const usual = { writer: ['alice', 'bob', 'carol'], reader: ['olga'], agent: ['agent'] };

/** One server for a test file; roles are shared by all of its databases. */
export async function newWorld(settings: Readonly<Record<string, string>> = {}): Promise<World> {
  const server = await startTestPostgres({ settings });
  let databases = 0;
  const setUp = async (database: string, grant: Grants) => {
    await server.sql('postgres', `CREATE DATABASE ${database}`);
    const logins = Object.values(grant)
      .flat()
      .map(
        (login) =>
          `DO $$ BEGIN CREATE ROLE "${login}" LOGIN PASSWORD '${login}'; EXCEPTION WHEN duplicate_object THEN NULL; END $$;`,
      );
    await server.sql(database, `${logins.join('\n')}\n${setupSql({ from: 0, grant })}`);
  };
  let template: Promise<void> | null = null;
  return {
    server,
    async newLedger(grant) {
      databases += 1;
      const database = `ledger_${databases}`;
      if (grant === undefined) {
        // To copy a ledger that is set up takes a fraction of the time that setting it up takes.
        template ??= setUp('ledger_template', usual);
        await template;
        await server.sql('postgres', `CREATE DATABASE ${database} TEMPLATE ledger_template`);
      } else {
        await setUp(database, grant);
      }
      return { server, database, sql: (text) => server.sql(database, text) };
    },
    stop: () => server.stop(),
  };
}

export const here: Identity = { ...thisProcess(), host: 'bastion-1' };

export interface As extends Partial<Omit<PostgresLedgerOptions, 'server'>> {
  readonly login?: string;
  readonly password?: string;
  readonly port?: number;
}

export function ledgerAs({ server, database }: LedgerDatabase, as: As | string = {}): PostgresLedger {
  const { login = 'alice', password, port = server.port, ...options } = typeof as === 'string' ? { login: as } : as;
  const { host } = server;
  const ledger = openPostgresLedger({
    ...{ estateId, clock: clockAt(Date.now()), identity: here, ...options },
    server: { host, port, database, user: login, tls: 'disable', password: async () => password ?? login },
  });
  onTestFinished(() => ledger.close());
  return ledger;
}
