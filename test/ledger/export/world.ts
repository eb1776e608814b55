import type { LedgerEntry } from '#ledger/entry.ts';
import { exportEntries } from '#ledger/export/export-entries.ts';
import type { LineFormatName } from '#ledger/export/line-format.ts';
import type { Sink } from '#ledger/export/sink.ts';
import type { Ledger } from '#ledger/ledger.ts';
import { estateId } from '../world.ts';

/** What a terminal, a spreadsheet, a collector and a parser each take for something else. */
export const hostile = [
  '=HYPERLINK("http://evil","x")',
  '+1+cmd',
  '-2+3',
  '@SUM(A1)',
  'a|b\\c=d',
  'key=value rt=0 act=forged',
  'line one CEF:0|x|y|z',
  'comma, "quote" and \u2028 separator',
  '{"seq":1}',
  'åäö 漢字 👩‍🚀',
];

/** Texts that the ledger itself never lets in, as an entry that came from elsewhere might hold them. */
export const neverLetIn = [
  '\u001b[31mred\u001b[0m',
  'two\nlines\r\nof it',
  '\t=1+1',
  'nul\u0000 and \u009b31m',
  '\u202etxt.exe',
];

export class Kept implements Sink {
  text = '';
  async write(text: string): Promise<boolean> {
    this.text += text;
    return true;
  }
}

/** Everything that a ledger holds, as one text. */
export async function exported(ledger: Ledger, format: LineFormatName): Promise<string> {
  const sink = new Kept();
  const toSeq = Number.MAX_SAFE_INTEGER;
  const told = { filter: { toSeq }, rows: 0, first: null, last: null };
  await exportEntries({ ledger, estateId }, told, format, sink, new AbortController().signal);
  return sink.text;
}

export async function entriesOf(ledger: Ledger): Promise<readonly LedgerEntry[]> {
  const found: LedgerEntry[] = [];
  for await (const entry of ledger.entries()) {
    found.push(entry);
  }
  return found;
}

/** A parser of RFC 4180 that shares nothing with what writes it. */
export function csvIn(text: string): readonly (readonly string[])[] {
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/gy;
  const rows: string[][] = [];
  let row: string[] = [];
  for (let found = cell.exec(text); found !== null; found = cell.exec(text)) {
    const [, quoted, bare = '', end] = found;
    row.push(quoted === undefined ? bare : quoted.replaceAll('""', '"'));
    if (end === '\r\n') {
      rows.push(row);
      row = [];
    }
    if (cell.lastIndex === text.length) {
      return rows;
    }
  }
  throw new Error(`this is no CSV: ${JSON.stringify(text.slice(0, 80))}`);
}

/** A parser of CEF:0 after ArcSight's own description, which shares nothing with what writes it. */
export function cefIn(line: string): {
  readonly header: readonly string[];
  readonly extension: ReadonlyMap<string, string>;
} {
  const header: string[] = [];
  let part = '';
  let at = 0;
  for (; at < line.length && header.length < 7; at += 1) {
    if (line[at] === '\\') {
      at += 1;
      part += line[at];
    } else if (line[at] === '|') {
      header.push(part);
      part = '';
    } else {
      part += line[at];
    }
  }
  const pairs = line.slice(at).split(/ (?=[A-Za-z0-9]+=)/);
  const extension = new Map<string, string>();
  for (const pair of pairs) {
    const [key = '', ...rest] = pair.split('=');
    const raw = rest.join('=');
    if (/(?<!\\)(?:\\\\)*=/.test(raw)) {
      throw new Error(`a bare = in ${pair}`);
    }
    extension.set(
      key,
      raw.replaceAll(/\\([\\=nr])/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped)),
    );
  }
  return { header, extension };
}
