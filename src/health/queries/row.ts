import type { Row } from '#systems/postgres/server.ts';

// What node-postgres hands over is `unknown` to us: a column may be null, absent in an older series, or a text where a
// cast was forgotten (facts: data-tier.md §5.1). These read one cell and never throw.

export function numberAt(row: Row, column: string): number | null {
  const value = row[column];
  if (value === null || value === undefined || value === '') {
    return null;
  }
  const number = Number(value);
  return Number.isFinite(number) ? number : null;
}

export function countAt(row: Row, column: string): number {
  return numberAt(row, column) ?? 0;
}

export function textAt(row: Row, column: string): string | null {
  const value = row[column];
  return typeof value === 'string' ? value : null;
}

export function flagAt(row: Row, column: string): boolean {
  return row[column] === true;
}

/** An `int4[]` or `float8[]`; anything in it that is no number is left out. */
export function numbersAt(row: Row, column: string): readonly number[] {
  const value = row[column];
  return Array.isArray(value) ? value.map(Number).filter(Number.isFinite) : [];
}
