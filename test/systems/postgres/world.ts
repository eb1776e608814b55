import { openPostgres, type PostgresOptions } from '#systems/postgres/open.ts';
import type { PostgresReader } from '#systems/postgres/server.ts';
import { systemClock } from '#text/clock.ts';
import type { TestPostgres } from '../../servers.ts';

export const password = 'correct horse battery staple';

/** The monitoring role as `till estate grants` makes it, and one database. */
export async function prepare(server: TestPostgres): Promise<void> {
  await server.sql('postgres', `CREATE ROLE till_monitor LOGIN PASSWORD '${password}' CONNECTION LIMIT 5`);
  await server.sql('postgres', 'GRANT pg_monitor TO till_monitor');
  await server.sql('postgres', 'CREATE DATABASE maple_toys');
  await server.sql('postgres', 'CREATE DATABASE bike_barn');
  await server.sql(
    'maple_toys',
    'CREATE TABLE ir_cron (id int); CREATE TABLE pos_order (id int); GRANT SELECT ON pos_order TO till_monitor',
  );
}

type Overrides = Partial<Omit<PostgresOptions, 'server'>> & { readonly server?: Partial<PostgresOptions['server']> };

export function reader(
  at: { readonly host: string; readonly port: number },
  overrides: Overrides = {},
): PostgresReader {
  const { server, ...rest } = overrides;
  return openPostgres({
    name: 'pg-1',
    server: { host: at.host, port: at.port, user: 'till_monitor', tls: 'disable', database: 'postgres', ...server },
    password: async () => password,
    address: async () => at,
    clock: systemClock,
    ...rest,
  });
}

/** What a read failed with; fails the test when it did not. */
export async function failureOf(
  promise: Promise<unknown>,
): Promise<{ reason: string; message: string; code: string | null }> {
  try {
    await promise;
  } catch (error) {
    const { reason, message, code } = error as { reason: string; message: string; code: string | null };
    return { reason, message, code };
  }
  throw new Error('it did not fail');
}
