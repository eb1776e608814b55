import { describe, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import type { Command } from '#grammar/command.ts';
import { invocationOf } from '#grammar/invocation.ts';
import { type Listing, printList, printOne } from '#grammar/output.ts';
import { parse } from '#grammar/parse.ts';
import { cells } from '#text/width.ts';
import { type FakeIoOptions, fakeIo } from './fake-io.ts';

interface Item {
  readonly name: string;
  readonly grade: 'ok' | 'critical';
  readonly bytes: number;
  readonly why: string;
}

const items: readonly Item[] = [
  {
    name: 'harbour-shoes',
    grade: 'critical',
    bytes: 1200,
    why: '14 sessions blocked 3m12s by 8812 UPDATE stock_quant',
  },
  { name: '木-toys', grade: 'ok', bytes: 7, why: '' },
];

const listing: Listing<Item> = {
  kind: 'ItemList',
  items,
  beside: { counts: { ok: 1, critical: 1 } },
  columns: [
    { title: 'TENANT', value: ({ name }) => name },
    { title: 'GRADE', value: ({ grade }) => ({ text: grade, tone: grade === 'ok' ? 'good' : 'bad' }) },
    { title: 'BYTES', value: ({ bytes }) => String(bytes), align: 'right', wide: true },
    { title: 'WHY', value: ({ why }) => why, shrinks: true },
  ],
  name: ({ name }) => name,
  empty: 'no items',
};

const command: Command = { name: 'items', summary: '', examples: [], run: async () => 0 };

async function printed(flags: string, options: FakeIoOptions = {}, what: Listing<Item> = listing) {
  const io = fakeIo(options);
  const parsed = parse(flags === '' ? [] : flags.split(' '), command, {});
  const invocation = invocationOf(io, parsed, () => Promise.reject(new Error('no estate')));
  const taken = await printList(invocation, what);
  return { out: io.stdout(), err: io.stderr(), taken };
}

describe('a list', () => {
  it('is a table that is never cut where there is no terminal', async () => {
    const { out } = await printed('', { columns: 20 });
    expect(out).toBe(
      [
        'TENANT         GRADE     WHY',
        'harbour-shoes  critical  14 sessions blocked 3m12s by 8812 UPDATE stock_quant',
        '木-toys        ok',
        '',
      ].join('\n'),
    );
  });

  it('shows more columns with -o wide, numbers to the right', async () => {
    const { out } = await printed('-o wide');
    expect(out.split('\n').slice(0, 3)).toEqual([
      'TENANT         GRADE     BYTES  WHY',
      'harbour-shoes  critical   1200  14 sessions blocked 3m12s by 8812 UPDATE stock_quant',
      '木-toys        ok            7',
    ]);
  });

  it.each([200, 80, 60, 40, 20, 9, 3])('fits a terminal of %i columns', async (columns) => {
    for (const flags of ['', '-o wide']) {
      const { out } = await printed(flags, { isTTY: true, columns, env: { NO_COLOR: '1' } });
      const lines = out.trimEnd().split('\n');
      expect(lines).toHaveLength(3);
      expect(Math.max(...lines.map(cells))).toBeLessThanOrEqual(columns);
    }
  });

  it('leaves out the last columns in 20 columns rather than cut all to nothing', async () => {
    const { out } = await printed('', { isTTY: true, columns: 20, env: { NO_COLOR: '1' } });
    expect(out.split('\n')[1]).toBe('harbour-s…  critical');
  });

  it('colours cells on a terminal without changing their width', async () => {
    const { out } = await printed('', { isTTY: true, columns: 100 });
    expect(out).toContain('\u001b[31mcritical\u001b[39m');
    const plain = (await printed('', { isTTY: true, columns: 100, env: { NO_COLOR: '1' } })).out;
    expect(out.replace(/\u001b\[\d+m/gu, '')).toBe(plain);
  });

  it('cleans what systems say', async () => {
    const hostile = { name: 'x\u001b[2Jy\u202e', grade: 'ok', bytes: 0, why: 'a\nb' } as const;
    const { out } = await printed('', {}, { ...listing, items: [hostile] });
    expect(out.split('\n')[1]).toBe('xy      ok     a b');
  });

  it('is one JSON document with its kind, what stands beside, and the items', async () => {
    const { out } = await printed('-o json');
    expect(JSON.parse(out)).toEqual({
      apiVersion: 'till/v1',
      kind: 'ItemList',
      counts: { ok: 1, critical: 1 },
      items,
    });
  });

  it('says the same in YAML', async () => {
    expect(parseYaml((await printed('-o yaml')).out)).toEqual(JSON.parse((await printed('-o json')).out));
  });

  it('is an item a line with -o jsonl and a name a line with -o name', async () => {
    const jsonl = (await printed('-o jsonl')).out.trimEnd().split('\n');
    expect(jsonl.map((line) => JSON.parse(line))).toEqual(items);
    expect((await printed('-o name')).out).toBe('harbour-shoes\n木-toys\n');
  });

  it('without items says so on stderr in a table, and is an empty list elsewhere', async () => {
    const none = { ...listing, items: [] };
    expect(await printed('', {}, none)).toEqual({ out: '', err: 'no items\n', taken: true });
    expect(JSON.parse((await printed('-o json', {}, none)).out).items).toEqual([]);
    expect(await printed('-o jsonl', {}, none)).toEqual({ out: '', err: '', taken: true });
  });

  it('stops when its reader has gone', async () => {
    const many = Array.from({ length: 5000 }, (_, index) => ({ ...items[0], name: `t-${index}` }) as Item);
    const { out, taken } = await printed('-o name', { writesTaken: 1 }, { ...listing, items: many });
    expect(taken).toBe(false);
    expect(out.length).toBeLessThan(5000);
  });
});

describe('one thing', () => {
  it('is text for people and a document with its kind for programs', async () => {
    const single = {
      kind: 'Item',
      fields: { name: 'a', at: null },
      name: 'a',
      text: () => 'a, in words\n',
    };
    const print = async (format: string) => {
      const io = fakeIo();
      const parsed = parse(['-o', format], command, {});
      await printOne(
        invocationOf(io, parsed, () => Promise.reject(new Error('no estate'))),
        single,
      );
      return io.stdout();
    };
    expect(await print('table')).toBe('a, in words\n');
    expect(await print('name')).toBe('a\n');
    const document = { apiVersion: 'till/v1', kind: 'Item', name: 'a', at: null };
    expect(JSON.parse(await print('json'))).toEqual(document);
    expect(JSON.parse(await print('jsonl'))).toEqual(document);
    expect(parseYaml(await print('yaml'))).toEqual(document);
  });
});
