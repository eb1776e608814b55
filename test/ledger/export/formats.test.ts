import { describe, expect, it } from 'vitest';
import type { LedgerEntry } from '#ledger/entry.ts';
import { cefLine } from '#ledger/export/cef.ts';
import { csvHead, csvRow } from '#ledger/export/csv.ts';
import type { Ledger } from '#ledger/ledger.ts';
import { estateId, intent, ledgerIn, newFolder, outcome } from '../world.ts';
import { cefIn, csvIn, entriesOf, exported, hostile, neverLetIn } from './world.ts';

/** A ledger that holds each hostile text as a reason, and an operation that ended. */
async function hostileLedger(): Promise<Ledger> {
  const ledger = ledgerIn(await newFolder());
  for (const reason of hostile) {
    const draft = intent({ reason });
    await ledger.append(draft);
    await ledger.append(outcome(draft.operation, 'failed'));
  }
  return ledger;
}

const about = { estateId, grants: new Map() };

/** Entries with texts that the ledger would have refused or cleaned. */
async function foreign(): Promise<readonly LedgerEntry[]> {
  const [entry] = (await entriesOf(await hostileLedger())).slice(1);
  if (entry === undefined) {
    throw new Error('there is no entry');
  }
  return neverLetIn.map((reason) => ({ ...entry, reason, ticket: reason }));
}

const controls = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/u;

describe('JSON lines', () => {
  it('are the entries, every field, in order', async () => {
    const ledger = await hostileLedger();
    const lines = (await exported(ledger, 'jsonl')).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual(await entriesOf(ledger));
    expect(Object.keys(JSON.parse(lines[0] ?? '')).slice(0, 6)).toEqual([
      'seq',
      'id',
      'operation',
      'at',
      'kind',
      'phase',
    ]);
  });
});

describe('CSV', () => {
  it('is read back cell by cell by a parser of RFC 4180', async () => {
    const ledger = await hostileLedger();
    const [head = [], ...rows] = csvIn(await exported(ledger, 'csv'));
    const entries = await entriesOf(ledger);
    expect(rows).toHaveLength(entries.length);
    expect(rows.every((row) => row.length === head.length)).toBe(true);
    const cells = (title: string) => rows.map((row) => row[head.indexOf(title)]);
    expect(cells('seq')).toEqual(entries.map(({ seq }) => String(seq)));
    expect(cells('hash')).toEqual(entries.map(({ hash }) => hash));
    expect(cells('params').map((text) => JSON.parse((text ?? '').replace(/^'/, '')))).toEqual(
      entries.map(({ params }) => params),
    );
  });

  it('holds no cell that a spreadsheet would run', async () => {
    const rows = csvIn(await exported(await hostileLedger(), 'csv'));
    const cells = [...rows.flat(), ...csvIn(csvHead + (await foreign()).map(csvRow).join('')).flat()];
    expect(cells.filter((cell) => /^[=+\-@\t\r]/.test(cell))).toEqual([]);
    expect(cells).toContain(`'${hostile[0]}`);
  });

  it('holds no control character and no line break, whatever the entry says', async () => {
    const text = (await foreign()).map(csvRow).join('');
    expect(text.replaceAll('\r\n', '')).not.toMatch(/[\n\u0000-\u001f\u007f-\u009f\u202a-\u202e]/u);
    expect(csvIn(text)).toHaveLength(neverLetIn.length);
  });
});

describe('CEF', () => {
  it('is a line an entry, read back by a parser of its own', async () => {
    const ledger = await hostileLedger();
    const lines = (await exported(ledger, 'cef')).trimEnd().split('\n');
    const entries = await entriesOf(ledger);
    expect(lines).toHaveLength(entries.length);
    for (const [index, line] of lines.entries()) {
      const entry = entries[index];
      const { header, extension } = cefIn(line);
      expect(header.slice(0, 3)).toEqual(['CEF:0', 'till', 'till']);
      expect(Number(header[6])).toBeGreaterThan(0);
      expect(extension.get('externalId')).toBe(entry?.id);
      expect(extension.get('cs5')).toBe(entry?.hash);
      expect(extension.get('rt')).toBe(String(Date.parse(entry?.at ?? '')));
    }
  });

  it('lets no text begin a field of its own', async () => {
    const { extension } = cefIn(
      (await exported(await hostileLedger(), 'cef')).split('\n').find((line) => line.includes('forged')) ?? '',
    );
    expect(extension.get('reason')).toContain('key=value rt=0 act=forged');
    expect(extension.get('act')).toBe('scale');
    expect(extension.get('rt')).not.toBe('0');
  });

  it('is safe for syslog: one line, no control character', async () => {
    for (const entry of await foreign()) {
      expect(cefLine(entry, about)).not.toMatch(/[\n]/u);
      expect(cefLine(entry, about)).not.toMatch(controls);
    }
  });
});
