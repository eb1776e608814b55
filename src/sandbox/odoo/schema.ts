import { businessTables } from './business-tables.ts';
import { technicalTables } from './technical-tables.ts';

export const allSeries = [15, 16, 17, 18, 19] as const;
export type Series = (typeof allSeries)[number];

/**
 * The SQL that makes the tables of one Odoo series. A table is a name, then its columns and indexes, one a line;
 * `NN` is NOT NULL, `@17-19` are the series that have it, ` | ` separates what differs between series:
 *
 *     ir_cron
 *       cron_name varchar @15,17-19 | jsonb @16
 *       numbercall integer @15-17
 *       index (cron_id)
 *
 * Only what the sandbox fills or till reads is here; for that, types, nullability and indexes are those of a real
 * installation. Foreign keys are left out, so that history is written fast.
 */
export function schemaSql(series: Series): string {
  const tables = `${technicalTables}${businessTables}`.split(/\n(?=\w)/).filter((block) => block.trim() !== '');
  return [...tables.flatMap((block) => tableSql(block.trim().split('\n'), series)), ...signalling(series)].join('\n');
}

function tableSql([head = '', ...lines]: readonly string[], series: Series): readonly string[] {
  const table = chosen(head, series);
  if (table === null) {
    return [];
  }
  const columns = ['id serial PRIMARY KEY'];
  const indexes: string[] = [];
  for (const line of lines.map((text) => text.trim())) {
    const [, kind, rest] = /^(index|unique) (.+)$/.exec(line) ?? [];
    if (kind !== undefined && rest !== undefined) {
      const on = chosen(rest, series);
      indexes.push(
        ...(on === null ? [] : [`CREATE ${kind === 'unique' ? 'UNIQUE INDEX' : 'INDEX'} ON ${table} ${on};`]),
      );
    } else {
      const [name, ...types] = line.split(' ');
      const type = chosen(types.join(' '), series);
      columns.push(...(type === null ? [] : [`"${name}" ${type.replace(/ NN$/, ' NOT NULL')}`]));
    }
  }
  return [`CREATE TABLE ${table} (${columns.join(', ')});`, ...indexes];
}

/** The alternative that the series has; null when it has none. */
function chosen(text: string, series: Series): string | null {
  for (const alternative of text.split(' | ')) {
    const [what = '', spans] = alternative.split(' @');
    if (spans === undefined || spans.split(',').some((span) => isWithin(span, series))) {
      return what;
    }
  }
  return null;
}

function isWithin(span: string, series: Series): boolean {
  const [from, to = from] = span.split('-').map(Number);
  return from !== undefined && to !== undefined && from <= series && series <= to;
}

/** How workers tell each other of a changed registry: sequences, and tables from 19 on (facts: odoo.md §3.1). */
function signalling(series: Series): readonly string[] {
  const names = series >= 17 ? ['assets', 'default', 'routing', 'templates'] : [];
  if (series >= 19) {
    return ['registry', ...names].map(
      (name) => `CREATE TABLE orm_signaling_${name} (id serial PRIMARY KEY, date timestamp DEFAULT now());`,
    );
  }
  const caches = series >= 17 ? names.map((name) => `base_cache_signaling_${name}`) : ['base_cache_signaling'];
  return ['base_registry_signaling', ...caches].map((name) => `CREATE SEQUENCE ${name} INCREMENT BY 1 START WITH 1;`);
}
