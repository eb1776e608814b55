import { onTestFinished } from 'vitest';
import type { Estate } from '#estate/estate.ts';
import { type Acting, actingOn, aTenant } from '../actions/acting.ts';
import { type Address, startAddress } from './address.ts';
import { type Pair, startPair } from './pair.ts';
import { type Patroni, type PatroniOptions, startPatroni } from './patroni.ts';

export const logins = { monitor: 'till_monitor', restore: 'till_restore', password: 'a password' } as const;

/** The logins that the estate names, as `till estate grants` makes them, and a database of a tenant. */
export const prepare: readonly string[] = [
  `CREATE ROLE ${logins.monitor} LOGIN PASSWORD '${logins.password}'`,
  `GRANT pg_monitor TO ${logins.monitor}`,
  `CREATE ROLE ${logins.restore} LOGIN CREATEDB PASSWORD '${logins.password}'`,
  'CREATE DATABASE maple_toys',
];

export interface World {
  readonly pair: Pair;
  readonly patroni: Patroni;
  readonly address: Address;
  readonly acting: Acting;
}

/** Three tenants, two of them on pg-1: a primary and its standby, an address that follows the primary, and Patroni. */
export async function startWorld(
  options: PatroniOptions & {
    readonly server?: Partial<Estate['postgres'][string]>;
    readonly timeoutMs?: number;
    /** Servers of the caller's, for tests that turn nothing; ours otherwise. */
    readonly pair?: Pair;
  } = {},
): Promise<World> {
  const pair = options.pair ?? (await startPair({ prepare }));
  if (options.pair === undefined) {
    onTestFinished(() => pair.close(), 60_000);
  }
  const patroni = await startPatroni(pair, options);
  onTestFinished(() => patroni.close(), 60_000);
  const address = await startAddress(() => patroni.primary);
  onTestFinished(() => address.close());
  const env = { PG_PASSWORD: logins.password, PATRONI_PASSWORD: options.auth?.password ?? 'none' };
  const password = { env: 'PG_PASSWORD' };
  const server: Estate['postgres'][string] = {
    ...{ host: address.host, port: address.port, user: logins.monitor, password, tls: 'disable', database: 'postgres' },
    restore: { user: logins.restore, password },
    patroni: {
      urls: [...patroni.urls],
      ...(options.auth === undefined ? {} : { username: options.auth.username, password: { env: 'PATRONI_PASSWORD' } }),
    },
    ...options.server,
  };
  const acting = await actingOn(
    { postgres: { 'pg-1': server } },
    {
      env,
      ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
      tenants: [
        aTenant('maple-toys', { postgres: 'pg-1', database: 'maple_toys' }),
        aTenant('bike-barn', { postgres: 'pg-1', database: 'bike_barn' }),
        aTenant('olive-kitchen', { postgres: 'pg-2', database: 'olive_kitchen' }),
      ],
    },
  );
  return { pair, patroni, address, acting };
}
