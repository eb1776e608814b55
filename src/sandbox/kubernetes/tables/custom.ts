import type { CustomColumn } from '../kinds/kind.ts';
import type { StoredObject } from '../types.ts';
import type { Table } from './table.ts';
import { type Cell, since } from './values.ts';

/** A custom kind's columns; without any, name and age, as the server's default is. */
export function customTable(
  declared: readonly CustomColumn[] = [{ name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' }],
): Table {
  return {
    columns: [
      'Name:string/name',
      ...declared.map(
        ({ name, type, format, priority = 0 }) =>
          `${name}:${type}${format === undefined ? '' : `/${format}`}${priority === 0 ? '' : `(${priority})`}`,
      ),
    ],
    cells: (object, now) => [object.metadata.name, ...declared.map((column) => cell(object, column, now))],
  };
}

function cell(object: StoredObject, { jsonPath, type }: CustomColumn, now: number): Cell {
  const value = valueAt(object, jsonPath);
  if (value === undefined || value === null) {
    return '';
  }
  if (type === 'date') {
    return since(String(value), now);
  }
  return typeof value === 'number' || typeof value === 'boolean' || typeof value === 'string'
    ? value
    : JSON.stringify(value);
}

/** `.spec.a`, `.spec.list[0].b`, `.metadata.labels.x\.y`: the simple paths that definitions use. */
function valueAt(object: unknown, path: string): unknown {
  const steps = [...path.matchAll(/\.((?:\\.|[^.[\\])+)|\[(\d+)\]/g)].map(
    ([, field, index]) => index ?? (field ?? '').replaceAll('\\', ''),
  );
  return steps.reduce<unknown>(
    (value, step) =>
      typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[step] : undefined,
    object,
  );
}
