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
  newLedger(grant?: Partial<Record<Part, readonly string[]>>): Promise<LedgerDatabase>;
  stop(): Promise<void>;
}

/** One server for a test file; roles are shared by all of its databases. */
export async function newWorld(settings: Readonly<Record<string, string>> = {}): Promise<World> {
  const server = await startTestPostgres({ settings });
  let databases = 0;
  return {
    server,
    async newLedger(grant = { writer: ['alice', 'bob', 'carol'], reader: ['olga'], agent: ['agent'] }) {
      databases += 1;
      const database = `ledger_${databases}`;
      await server.sql('postgres', `CREATE DATABASE ${database}`);
      for (const login of Object.values(grant).flat()) {
        await server.sql(
          'postgres',
          `DO $$ BEGIN CREATE ROLE "${login}" LOGIN PASSWORD '${login}'; EXCEPTION WHEN duplicate_object THEN NULL; END $$`,
        );
      }
      await server.sql(database, setupSql({ from: 0, grant }));
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
