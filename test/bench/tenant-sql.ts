import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { columnsOf, schemaOf, schemaQuery } from '#health/schema-probe.ts';
import type { DatabaseQuery } from '#health/signal.ts';
import { signals } from '#health/signals/index.ts';
import { openPostgres } from '#systems/postgres/open.ts';
import type { Query } from '#systems/postgres/server.ts';
import { systemClock } from '#text/clock.ts';
import { tenant } from '../health/signals/makers.ts';
import { grantsFor } from '../health/signals/postgres.ts';
import { trouble } from '../health/signals/schemas/trouble.ts';
import { startTestPostgres, type TestPostgres } from '../servers.ts';
import { against, type Ratio } from './ratio.ts';

const series = 17;
const connections = 2;
const monitor = { user: 'till_monitor', password: 'for-benchmarks-only' };
const queries: ReadonlySet<DatabaseQuery<unknown>> = new Set(
  signals.flatMap((signal) => (signal.from === 'database' ? [signal.query] : [])),
);

export interface TenantSql {
  readonly tenants: number;
  readonly connections: number;
  readonly statementsEach: number;
  readonly tillSeconds: number;
  /** A process for each tenant, two at a time, as a script would; null without psql on PATH. */
  readonly psqlSeconds: number | null;
  /** Two processes that go from database to database with \connect: the best that psql can do. */
  readonly psqlHoppingSeconds: number | null;
  /** How many times as fast as psql. */
  readonly ratio: number | null;
  readonly ratioHopping: number | null;
}

/** Every database signal's read for so many tenants: through till's reader, and through psql over as many connections. */
export async function tenantSql(tenants: number, rounds = 3): Promise<TenantSql> {
  const server = await startTestPostgres();
  const folder = await mkdtemp(join(tmpdir(), 'till-bench-'));
  try {
    const databases = await prepare(server, tenants);
    const statements = await statementsOf(server, databases[0] ?? 'postgres');
    const script = join(folder, 'read.sql');
    await writeFile(script, statements.map((query) => `${literal(query)};\n`).join(''));
    const hopping = await Promise.all(
      halves(databases).map(async (half, index) => {
        const path = join(folder, `hop-${index}.sql`);
        await writeFile(path, half.map((name) => `\\connect ${name}\n\\i ${script}\n`).join(''));
        return path;
      }),
    );
    const psql = runPsql(server);
    const ways = {
      till: () => throughTill(server, databases),
      psql: () => inTwos(databases, (name) => psql(name, script)),
      psqlHopping: () => Promise.all(hopping.map((path) => psql('postgres', path))),
    };
    const hasPsql = await psql('postgres', '/dev/null').then(
      () => true,
      () => false,
    );
    const seconds: Record<keyof typeof ways, number[]> = { till: [], psql: [], psqlHopping: [] };
    for (let round = 0; round <= rounds; round += 1) {
      for (const name of hasPsql ? (['till', 'psql', 'psqlHopping'] as const) : (['till'] as const)) {
        const startedAt = performance.now();
        await ways[name]();
        // The first round warms caches, of both sides.
        if (round > 0) {
          seconds[name].push((performance.now() - startedAt) / 1_000);
        }
      }
    }
    const till = median(seconds.till) ?? 0;
    const each = median(seconds.psql);
    const hop = median(seconds.psqlHopping);
    return {
      tenants,
      connections,
      statementsEach: statements.length,
      tillSeconds: round2(till),
      psqlSeconds: each === null ? null : round2(each),
      psqlHoppingSeconds: hop === null ? null : round2(hop),
      ratio: each === null ? null : round2(each / till),
      ratioHopping: hop === null ? null : round2(hop / till),
    };
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function prepare(server: TestPostgres, tenants: number): Promise<readonly string[]> {
  const schema = readFileSync(join(import.meta.dirname, '../health/signals/schemas', `odoo-${series}.sql`), 'utf8');
  await server.sql('postgres', `CREATE ROLE ${monitor.user} LOGIN PASSWORD '${monitor.password}'`);
  await server.sql('postgres', `GRANT pg_monitor TO ${monitor.user}`);
  await server.sql('postgres', 'CREATE DATABASE template_tenant');
  await server.sql('template_tenant', schema);
  for (const text of [trouble(series)].flat()) {
    await server.sql('template_tenant', text);
  }
  const { text, values } = schemaQuery(columnsOf(queries));
  const rows = await server.sql('template_tenant', inlined(text, values ?? []));
  await server.sql('template_tenant', grantsFor(queries, schemaOf(rows), monitor.user));
  const databases = Array.from({ length: tenants }, (_, index) => `shop_${String(index).padStart(4, '0')}`);
  for (const name of databases) {
    await server.sql('postgres', `CREATE DATABASE ${name} TEMPLATE template_tenant`);
  }
  await server.sql('postgres', 'CHECKPOINT');
  return databases;
}

function reader(server: TestPostgres) {
  const { host, port } = server;
  return openPostgres({
    name: 'bench',
    server: { host, port, user: monitor.user, tls: 'disable', database: 'postgres' },
    password: async () => monitor.password,
    address: async () => ({ host, port }),
    clock: systemClock,
  });
}

async function statementsOf(server: TestPostgres, database: string): Promise<readonly Query[]> {
  const postgres = reader(server);
  try {
    return await postgres.visit(database, { deadlineMs: 10_000 }, async (read) => {
      const probe = schemaQuery(columnsOf(queries));
      const schema = schemaOf(await read(probe));
      return [probe, ...[...queries].flatMap((query) => query.query(schema, tenant()) ?? [])];
    });
  } finally {
    await postgres.close();
  }
}

async function throughTill(server: TestPostgres, databases: readonly string[]): Promise<void> {
  const postgres = reader(server);
  try {
    await Promise.all(
      databases.map((database) =>
        postgres.visit(database, { deadlineMs: 10_000 }, async (read) => {
          const schema = schemaOf(await read(schemaQuery(columnsOf(queries))));
          await Promise.all(
            [...queries].map(async (query) => {
              const asked = query.query(schema, tenant());
              return asked === null ? null : query.parse(await read(asked));
            }),
          );
        }),
      ),
    );
  } finally {
    await postgres.close();
  }
}

function runPsql({ host, port }: TestPostgres): (database: string, file: string) => Promise<unknown> {
  const run = promisify(execFile);
  const env = { ...process.env, PGPASSWORD: monitor.password, PGOPTIONS: '-c default_transaction_read_only=on' };
  return (database, file) => {
    const who = ['-h', host, '-p', String(port), '-U', monitor.user, '-d', database];
    return run('psql', ['-XAtq', '-v', 'ON_ERROR_STOP=1', '-o', '/dev/null', ...who, '-f', file], { env });
  };
}

async function inTwos(databases: readonly string[], run: (database: string) => Promise<unknown>): Promise<void> {
  await Promise.all(
    halves(databases).map(async (half) => {
      for (const database of half) {
        await run(database);
      }
    }),
  );
}

function halves(databases: readonly string[]): readonly (readonly string[])[] {
  return Array.from({ length: connections }, (_, half) => databases.filter((_, index) => index % connections === half));
}

/** psql of Debian 12 binds no parameters. */
function literal({ text, values = [] }: Query): string {
  return inlined(text, values);
}

function inlined(text: string, values: readonly unknown[]): string {
  return values.reduce<string>((sql, value, index) => sql.replaceAll(`$${index + 1}`, quoted(value)), text);
}

function quoted(value: unknown): string {
  const plain = Array.isArray(value) ? `{${value.join(',')}}` : String(value);
  return `'${plain.replaceAll("'", "''")}'`;
}

function median(values: readonly number[]): number | null {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? null;
}

function round2(value: number): number {
  return Math.round(value * 100) / 100;
}

export async function measureTenantSql(): Promise<readonly Ratio[]> {
  const { tenants: count, tillSeconds, psqlSeconds, psqlHoppingSeconds } = await tenantSql(60);
  const name = `tenant SQL, ${count} tenants, ${connections} connections`;
  const beside = (baseline: string, seconds: number | null, most: number) =>
    seconds === null ? [] : [against(name, baseline, { ours: tillSeconds * 1000, theirs: seconds * 1000 }, most)];
  return [
    ...beside('psql, a process a tenant', psqlSeconds, 0.5),
    ...beside('two psql that \\connect', psqlHoppingSeconds, 1),
  ];
}

if (import.meta.main) {
  process.stdout.write(`${JSON.stringify(await tenantSql(Number(process.argv[2] ?? 100)))}\n`);
}
