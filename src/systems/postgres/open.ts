import type { PostgresServer } from '#estate/schema.ts';
import type { Clock } from '#text/clock.ts';
import { openBreaker } from '../breaker.ts';
import { openHearing } from '../hearing.ts';
import { openPassword } from '../password.ts';
import { ReadFailure } from '../source.ts';
import { namesOf, tlsOptions } from '../tls.ts';
import { type Connection, connect, type Door } from './connection.ts';
import { readIdentity } from './identity.ts';
import type { PostgresReader, ServerIdentity } from './server.ts';
import { openVisits, type VisitsOptions } from './visits.ts';

/** Promotion changes who answers without a reconnect, so the answer is kept only so long (facts: data-tier.md §1.4). */
const identityMs = 2_000;

export interface PostgresOptions {
  readonly name: string;
  readonly server: PostgresServer;
  readonly password: () => Promise<string | undefined>;
  /** Where it is reached: directly, or the near end of a port-forward. */
  readonly address: () => Promise<{ readonly host: string; readonly port: number }>;
  readonly clock: Clock;
}

/** Connects at the first ask; nothing happens before. */
export function openPostgres({ name, server, password: ask, address, clock }: PostgresOptions): PostgresReader {
  const hearing = openHearing(`postgres/${name}`, clock);
  const breaker = openBreaker({ clock });
  const password = openPassword(ask);
  const door: Door = {
    name,
    user: server.user,
    clock,
    address,
    password: password.get,
    tls: () => tlsOptions({ mode: server.tls, ca: server.ca, names: namesOf(server) }),
    pooled: false,
  };
  let identity: { readonly connection: number; readonly at: number; readonly value: ServerIdentity } | null = null;

  async function enter(database: string, deadlineMs: number): Promise<Connection> {
    const connection = await connect(door, database, deadlineMs).catch((failure: unknown) => {
      if (failure instanceof ReadFailure && failure.code === '28P01' && password.refused()) {
        // It was good before: it may have been rotated since.
        return connect(door, database, deadlineMs);
      }
      throw failure;
    });
    password.accepted();
    return connection;
  }

  const common: Omit<VisitsOptions, 'slots' | 'idleMs'> = {
    name,
    clock,
    breaker,
    connect: enter,
    onHeard: () => hearing.heard(breaker.failure?.message),
    onFailed(failure) {
      if (!kept.open) {
        hearing.failed(failure);
      }
      kept.refuse(failure);
      hopping.refuse(failure);
    },
  };
  const kept = openVisits({ ...common, slots: 1, idleMs: null });
  const hopping = openVisits({ ...common, slots: 2, idleMs: 1_000 });

  return {
    name,
    get state() {
      return hearing.state;
    },
    async identity() {
      const sameSession = identity !== null && kept.open && identity.connection === kept.connections;
      if (identity !== null && sameSession && clock.monotonic() - identity.at < identityMs) {
        return identity.value;
      }
      return kept.visit({ database: server.database, deadlineMs: 2_000, urgent: false }, async (read) => {
        const value = await readIdentity(read);
        identity = { connection: kept.connections, at: clock.monotonic(), value };
        return value;
      });
    },
    query: (query, { deadlineMs }) =>
      kept.visit({ database: server.database, deadlineMs, urgent: false }, (read) => read(query)),
    visit: (database, { deadlineMs, urgent = false }, work) => hopping.visit({ database, deadlineMs, urgent }, work),
    async close() {
      hearing.stopped();
      await Promise.all([kept.close(), hopping.close()]);
    },
  };
}
