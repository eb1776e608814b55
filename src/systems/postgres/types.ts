import type { CustomTypesConfig } from 'pg';

type GetTypeParser = CustomTypesConfig['getTypeParser'];

const int8 = 20;
const date = 1082;
const timestamp = 1114;

/**
 * How values come out, where `pg` would mislead (facts: data-tier.md §5.1): a bigint is a number while it is exact and text
 * beyond; a timestamp without zone is UTC, as Odoo stores it, and not the console's zone; a date is text. Numerics stay text:
 * cast in SQL.
 */
export function typeParsers(usual: GetTypeParser): GetTypeParser {
  return ((oid: number, format?: 'text' | 'binary') => {
    if (format === 'binary') {
      return usual(oid, 'binary');
    }
    switch (oid) {
      case int8:
        return exactInteger;
      case timestamp:
        return naiveInstant;
      case date:
        return (text: string) => text;
      default:
        return usual(oid, 'text');
    }
  }) as GetTypeParser;
}

function exactInteger(text: string): number | string {
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : text;
}

function naiveInstant(text: string): Date | string {
  const instant = new Date(`${text.replace(' ', 'T')}Z`);
  // `infinity` and years before Christ have no Date.
  return Number.isNaN(instant.getTime()) ? text : instant;
}
