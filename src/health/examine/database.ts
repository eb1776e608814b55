import type { Tenant } from '#estate/estate.ts';
import type { PostgresReader } from '#systems/postgres/server.ts';
import { ReadFailure } from '#systems/source.ts';
import { type Finding, flaw, ok } from '../finding.ts';
import { columnsOf, schemaOf, schemaQuery } from '../schema-probe.ts';
import type { DatabaseQuery, Schema } from '../signal.ts';
import { signals } from '../signals/index.ts';

/** One tenant's database: is it there, is it Odoo's, and may we read what the signals need. */
export async function examineDatabase(
  tenant: Tenant,
  server: string,
  reader: PostgresReader,
  queries: readonly DatabaseQuery<unknown>[],
): Promise<readonly Finding[]> {
  const { database } = tenant;
  if (database === null) {
    return [
      flaw(`tenant/${tenant.name}`, 'database', 'missing', 'the estate names a server and no database', {
        next: 'give the tenant a `database:`',
      }),
    ];
  }
  const subject = `postgres/${server}/${database}`;
  try {
    const schema = await reader.visit(database, { deadlineMs: 5000 }, async (read) =>
      schemaOf(await read(schemaQuery(columnsOf(queries)))),
    );
    if (!schema.has('ir_module_module')) {
      return [
        flaw(subject, 'odoo', 'missing', 'not an Odoo database: it has no table ir_module_module', {
          hides: signals.flatMap((signal) => (signal.from === 'database' ? [signal.name] : [])),
        }),
      ];
    }
    return [permissions(subject, schema, queries)];
  } catch (error) {
    if (error instanceof ReadFailure) {
      return [flaw(subject, 'reached', error.reason === 'forbidden' ? 'missing' : 'away', error.message)];
    }
    throw error;
  }
}

function permissions(subject: string, schema: Schema, queries: readonly DatabaseQuery<unknown>[]): Finding {
  const closed = queries.flatMap((query) =>
    Object.entries(query.columns).flatMap(([table, columns]) =>
      schema.forbidden(table, columns).map((column) => ({ query, column: `${table}.${column}` })),
    ),
  );
  if (closed.length === 0) {
    return ok(subject, 'columns', 'reached, every column that is needed may be read');
  }
  const columns = [...new Set(closed.map(({ column }) => column))];
  const hidden = new Set(closed.map(({ query }) => query));
  return flaw(
    subject,
    'columns',
    'missing',
    `${columns.length} columns may not be read: ${columns.slice(0, 5).join(', ')}`,
    {
      hides: signals.flatMap((signal) => (signal.from === 'database' && hidden.has(signal.query) ? [signal.name] : [])),
      next: 'till estate grants prints the SQL',
    },
  );
}
