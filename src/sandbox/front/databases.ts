import type { Pool } from 'pg';
import type { Login } from '../sql.ts';

/** What a login page needs to know of its database. */
export interface LoginFacts {
  readonly company: string;
  readonly baseVersion: string;
}

export interface TenantDatabases {
  /** Reads the tenant's own database, as a login page does. Rejects when it cannot be reached. */
  loginFacts(database: string): Promise<LoginFacts>;
  close(): Promise<void>;
}

/** A connection stays a while after a page was served, as that of an Odoo worker does; so many databases at once. */
const databasesAtMost = 30;
const idleMs = 20_000;

export async function tenantDatabases(odoo: Login): Promise<TenantDatabases> {
  const { Pool } = (await import('pg')).default;
  /** One connection each, the one used longest ago first. */
  const pools = new Map<string, Pool>();
  let workers = 0;

  function poolOf(database: string): Pool {
    const known = pools.get(database) ?? newPool(database);
    pools.delete(database);
    pools.set(database, known);
    return known;
  }

  function newPool(database: string): Pool {
    for (const [name, { idleCount, totalCount, waitingCount }] of pools) {
      if (pools.size >= databasesAtMost && idleCount === totalCount && waitingCount === 0) {
        const idle = pools.get(name);
        pools.delete(name);
        void idle?.end().catch(() => undefined);
      }
    }
    workers = (workers + 1) % 9000;
    const pool = new Pool({
      ...odoo,
      database,
      max: 1,
      application_name: `odoo-${1000 + workers}`,
      idleTimeoutMillis: idleMs,
      connectionTimeoutMillis: 3000,
      statement_timeout: 3000,
    });
    pool.on('error', () => undefined);
    return pool;
  }

  const inTurn = fewAtOnce(databasesAtMost / 2);
  return {
    loginFacts: (database) =>
      inTurn(async () => {
        const { rows } = await poolOf(database).query(
          `SELECT c.name AS company, m.latest_version AS base FROM res_company c, ir_module_module m
           WHERE m.name = 'base' ORDER BY c.id LIMIT 1`,
        );
        return { company: String(rows[0]?.company ?? ''), baseVersion: String(rows[0]?.base ?? '') };
      }),
    close: async () => {
      await Promise.all([...pools.values()].map((pool) => pool.end().catch(() => undefined)));
    },
  };
}

/** Runs work as it comes, so many at a time; the rest waits in line. */
function fewAtOnce(most: number): <T>(work: () => Promise<T>) => Promise<T> {
  const line: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running >= most) {
      await new Promise<void>((resolve) => line.push(resolve));
    }
    running += 1;
    try {
      return await work();
    } finally {
      running -= 1;
      line.shift()?.();
    }
  };
}
