import type { Estate, Tenant } from '#estate/estate.ts';
import { FrontFailure } from '#systems/odoo/failure.ts';
import type { PostgresReader } from '#systems/postgres/server.ts';
import { ReadFailure } from '#systems/source.ts';
import { clean } from '#text/clean.ts';
import type { Clock } from '#text/clock.ts';
import type { Connections } from './connections.ts';
import type { Observations } from './observations.ts';
import type { Probe } from './schedule.ts';
import { columnsOf, schemaOf, schemaQuery } from './schema-probe.ts';
import type { DatabaseQuery, FrontProbe, Schema, ServerQuery } from './signal.ts';
import { keys } from './world.ts';

export interface ProbeContext {
  readonly estate: Estate;
  readonly connections: Connections;
  readonly observations: Observations;
  readonly clock: Clock;
  /** Its own screen is open. */
  readonly isFocused: (tenant: string) => boolean;
  /** On screen or in trouble: read before the others. */
  readonly isUrgent: (tenant: string) => boolean;
  /** Something new was observed of these tenants. */
  readonly changed: (tenants: readonly string[]) => void;
}

/** A catalogue changes with a module upgrade: look again after this long, and at once when a column has gone. */
const schemaLifeMs = 10 * 60_000;

/** One server-wide read, for all tenants of the server. */
export function serverProbe(
  server: string,
  query: ServerQuery<unknown>,
  tenants: readonly Tenant[],
  context: ProbeContext,
): Probe {
  const key = keys.server(server, query.name);
  const names = tenants.map((tenant) => tenant.name);
  return {
    key,
    every: () => query.every * 1000,
    urgent: () => true,
    async run() {
      await observed(key, names, context, async () => {
        const reader = await context.connections.postgres(server);
        const identity = await reader.identity();
        const asked = query.query(identity);
        return asked === null
          ? null
          : query.parse(await reader.query(asked, { deadlineMs: query.deadlineMs }), identity);
      });
    },
  };
}

export function redisProbe(server: string, every: number, tenants: readonly Tenant[], context: ProbeContext): Probe {
  const key = keys.redis(server);
  const names = tenants.map((tenant) => tenant.name);
  return {
    key,
    every: () => every * 1000,
    urgent: () => true,
    async run() {
      await observed(key, names, context, async () =>
        (await context.connections.redis(server)).info({ deadlineMs: 3000 }),
      );
    },
  };
}

export function frontProbe(
  front: string,
  tenant: Tenant & { readonly host: string },
  probe: FrontProbe<unknown>,
  mayWake: () => boolean,
  context: ProbeContext,
): Probe {
  const key = keys.front(front, tenant.name, probe.name);
  return {
    key,
    every: () => probe.every * 1000,
    urgent: () => context.isUrgent(tenant.name),
    async run() {
      await observed(key, [tenant.name], context, async () => {
        if (probe.wakes && !mayWake()) {
          throw new FrontFailure('tenant', 'not-probed', 'asleep: no recent session, and asking would wake it', null);
        }
        return probe.ask(await context.connections.front(front), tenant, probe.deadlineMs);
      });
    },
  };
}

/** All reads in one tenant's database that are due, in one visit; `details` only while its own screen is open. */
export function visitProbe(
  tenant: Tenant & { readonly postgres: string; readonly database: string },
  signalQueries: readonly DatabaseQuery<unknown>[],
  details: readonly DatabaseQuery<unknown>[],
  pace: () => number,
  context: ProbeContext,
): Probe {
  const { postgres: server, database } = tenant;
  const all = [...new Set([...signalQueries, ...details])];
  const tables = columnsOf(all);
  const dueAt = new Map<string, number>();
  let schema: { readonly value: Schema; readonly at: number } | null = null;

  const readSchema = async (read: Parameters<Parameters<PostgresReader['visit']>[2]>[0]): Promise<Schema> => {
    if (schema === null || context.clock.monotonic() - schema.at > schemaLifeMs) {
      schema = { value: schemaOf(await read(schemaQuery(tables))), at: context.clock.monotonic() };
    }
    return schema.value;
  };

  return {
    key: `${server}/${database}/${tenant.name}`,
    every: () =>
      Math.max(context.isFocused(tenant.name) ? 0 : pace(), Math.min(...all.map((query) => query.every)) * 1000),
    urgent: () => context.isUrgent(tenant.name),
    async run() {
      const now = context.clock.monotonic();
      const queries = context.isFocused(tenant.name) ? all : signalQueries;
      const due = queries.filter((query) => (dueAt.get(query.name) ?? 0) <= now);
      const deadlineMs = Math.max(...due.map((query) => query.deadlineMs), 1000);
      const left = new Set(due);
      try {
        const reader = await context.connections.postgres(server);
        await reader.visit(database, { deadlineMs, urgent: context.isUrgent(tenant.name) }, async (read) => {
          const known = await readSchema(read);
          // All at once: over a port-forward the round trips are most of a visit's time. Each has its own outcome.
          await Promise.all(
            due.map(async (query) => {
              left.delete(query);
              dueAt.set(query.name, now + query.every * 900);
              const failure = await observed(keys.database(server, database, query.name), [], context, async () => {
                const asked = askable(query, known, tenant);
                return asked === null ? null : query.parse(await read(asked));
              });
              if (failure?.code === '42703' || failure?.code === '42P01') {
                schema = null;
              }
            }),
          );
        });
      } catch (error) {
        for (const query of left) {
          fail(keys.database(server, database, query.name), error, context);
        }
      }
      context.changed([tenant.name]);
    },
  };
}

/** The query for this schema; null when it does not apply. A column that is there and closed to us is a failure. */
function askable(query: DatabaseQuery<unknown>, schema: Schema, tenant: Tenant) {
  const asked = query.query(schema, tenant);
  if (asked === null) {
    return null;
  }
  const closed = Object.entries(query.columns).flatMap(([table, columns]) =>
    schema.forbidden(table, columns).map((column) => `${table}.${column}`),
  );
  if (closed.length > 0) {
    const more = closed.length > 3 ? ` and ${closed.length - 3} more` : '';
    throw new ReadFailure(
      'forbidden',
      `our role may not read ${closed.slice(0, 3).join(', ')}${more}: till estate grants`,
      '42501',
    );
  }
  return asked;
}

/** Runs a read and keeps what came of it, good or bad. Returns the failure, if it was one. */
async function observed(
  key: string,
  tenants: readonly string[],
  context: ProbeContext,
  read: () => Promise<unknown>,
): Promise<ReadFailure | null> {
  try {
    const value = await read();
    context.observations.succeeded(key, value, context.clock.now());
    return null;
  } catch (error) {
    return fail(key, error, context);
  } finally {
    if (tenants.length > 0) {
      context.changed(tenants);
    }
  }
}

function fail(key: string, error: unknown, context: ProbeContext): ReadFailure {
  // What nobody foresaw must not pass for something that does not apply here.
  const failure =
    error instanceof ReadFailure
      ? error
      : new ReadFailure('unreachable', `not read: ${clean(error instanceof Error ? error.message : String(error))}`);
  context.observations.failed(key, {
    reason: failure.reason,
    message: clean(failure.message),
    at: context.clock.now(),
    isShared: failure === error && failure.isShared,
  });
  return failure;
}
