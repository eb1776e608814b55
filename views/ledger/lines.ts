import type { LedgerEntry } from '#ledger/entry.ts';
import { legible } from '../components/legible.ts';
import { type Span, span } from '../components/line.ts';
import { wrapWords } from '../components/wrap.ts';

/** Every field that says something, one path a row. */
export function entryLines(entry: LedgerEntry, width: number): readonly (readonly Span[])[] {
  const fields = [...leaves('', entry)];
  const label = Math.min(36, Math.max(...fields.map(([path]) => path.length)));
  return fields.flatMap(([path, text]) => {
    const [first = '', ...rest] = wrapWords(legible(text), Math.max(8, width - label - 3), 20);
    return [
      [span(` ${path.padEnd(label)}  `, 'text.secondary'), span(first)],
      ...rest.map((more) => [span(' '.repeat(label + 3)), span(more)]),
    ];
  });
}

function* leaves(path: string, value: unknown): Generator<readonly [string, string]> {
  if (value === null || value === undefined || (Array.isArray(value) && value.length === 0)) {
    return;
  }
  if (typeof value !== 'object') {
    yield [legible(path), String(value)];
    return;
  }
  if (Array.isArray(value) && value.every((one) => typeof one !== 'object')) {
    yield [legible(path), value.join(', ')];
    return;
  }
  for (const [key, one] of Object.entries(value)) {
    yield* leaves(path === '' ? key : `${path}.${key}`, one);
  }
}
