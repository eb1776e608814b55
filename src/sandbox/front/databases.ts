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

/** Connections stay a while after a page was served, as those of an Odoo worker do; never more than this at once. */
const connectionsAtMost = 24;
const idleMs = 20_000;

export function tenantDatabases(odoo: Login): TenantDatabases {
  const pools = new Map<string, Pool>();
  let open = 0;
  const waiting: (() => void)[] = [];

  async function poolOf(database: string): Promise<Pool> {
    const known = pools.get(database);
    if (known !== undefined) {
      return known;
    }
    const { Pool } = (await import('pg')).default;
    const pool = new Pool({
      ...odoo,
      database,
      max: 1,
      application_name: `odoo-${1000 + (pools.size % 9000)}`,
      idleTimeoutMillis: idleMs,
      connectionTimeoutMillis: 3000,
      statement_timeout: 3000,
    });
    pool.on('error', () => undefined);
    pools.set(database, pool);
    return pool;
  }

  async function oneOfFew<T>(work: () => Promise<T>): Promise<T> {
    if (open >= connectionsAtMost) {
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
    open += 1;
    try {
      return await work();
    } finally {
      open -= 1;
      waiting.shift()?.();
    }
  }

  return {
    loginFacts: (database) =>
      oneOfFew(async () => {
        const pool = await poolOf(database);
        const { rows } = await pool.query(
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
