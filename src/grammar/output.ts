import type { Invocation, Io } from './command.ts';
import { type Format, isFormat } from './flags.ts';
import { type Paint, paintFor } from './style.ts';
import type { Column } from './table.ts';

/** A list as every format prints it (design §9). */
export interface Listing<Item> {
  /** `TenantStatusList` */
  readonly kind: string;
  readonly items: readonly Item[];
  /** Fields beside `items`: `{ counts }`. */
  readonly beside?: Readonly<Record<string, unknown>>;
  readonly columns: readonly Column<Item>[];
  /** What `-o name` prints, a line each. */
  name(item: Item): string;
  /** What JSON carries of an item; the item itself when left out. */
  fields?(item: Item): unknown;
  /** Said on stderr, in the table only, when there is nothing to list. */
  readonly empty?: string;
  /** One batch of many: JSON is then a line an item, since the document never ends. */
  readonly isStream?: boolean;
  /** False where the titles have been printed before. */
  readonly titles?: boolean;
}

/** One thing as every format prints it. */
export interface Single {
  /** `TenantStatus` */
  readonly kind: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly name: string;
  /** The text for people, each line with its line break. */
  text(paint: Paint, width: number | null, wide: boolean): string;
}

/** The first line of every JSON and YAML document of till. */
export const apiVersion = 'till/v1';

export function formatOf(invocation: Invocation): Format {
  const format = invocation.value('output') ?? 'table';
  return isFormat(format) ? format : 'table';
}

export function paintOf({ io, given }: Pick<Invocation, 'io' | 'given'>): Paint {
  return paintFor(io.env, io.stdoutIsTTY, given('no-color'));
}

/** Cells to fit into; null when stdout is no terminal, where nothing is cut. */
export function widthOf(io: Io): number | null {
  return io.stdoutIsTTY ? io.columns : null;
}

/** Prints and returns false when the reader has gone. */
export async function printList<Item>(invocation: Invocation, listing: Listing<Item>): Promise<boolean> {
  const { io } = invocation;
  const { kind, items, beside = {}, columns, name, empty } = listing;
  const format = formatOf(invocation);
  const fields = (item: Item): unknown => (listing.fields === undefined ? item : listing.fields(item));
  if (format === 'jsonl' || (listing.isStream === true && format === 'json')) {
    return lines(io, items, (item) => JSON.stringify(fields(item)));
  }
  if (format === 'name') {
    return lines(io, items, name);
  }
  if (format === 'json' || format === 'yaml') {
    return io.out(await document({ apiVersion, kind, ...beside, items: items.map(fields) }, format));
  }
  if (items.length === 0 && empty !== undefined) {
    io.err(`${empty}\n`);
    return true;
  }
  const shown = columns.filter(({ wide }) => format === 'wide' || wide !== true);
  // With widths comes string-width, which a command that prints one thing never needs.
  const { tableLines } = await import('./table.ts');
  const table = tableLines(items, shown, { paint: paintOf(invocation), width: widthOf(io) });
  return lines(io, listing.titles === false ? table.slice(1) : table, (line) => line);
}

/** Prints and returns false when the reader has gone. */
export async function printOne(invocation: Invocation, single: Single): Promise<boolean> {
  const { io } = invocation;
  const { kind, fields, name } = single;
  const format = formatOf(invocation);
  switch (format) {
    case 'json':
    case 'yaml':
      return io.out(await document({ apiVersion, kind, ...fields }, format));
    case 'jsonl':
      return io.out(`${JSON.stringify({ apiVersion, kind, ...fields })}\n`);
    case 'name':
      return io.out(`${name}\n`);
    default:
      return io.out(single.text(paintOf(invocation), widthOf(io), format === 'wide'));
  }
}

async function document(value: unknown, format: 'json' | 'yaml'): Promise<string> {
  if (format === 'json') {
    return `${JSON.stringify(value, null, 2)}\n`;
  }
  const { stringify } = await import('yaml');
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
}

/** A chunk at a time: ten thousand small writes would cost more than the work, one huge one would not stop for `head`. */
function lines<Item>(io: Io, items: readonly Item[], line: (item: Item) => string): boolean {
  const chunk = 200;
  for (let start = 0; start < items.length; start += chunk) {
    const text = items.slice(start, start + chunk).map((item) => `${line(item)}\n`);
    if (!io.out(text.join(''))) {
      return false;
    }
  }
  return true;
}
