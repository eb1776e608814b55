import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cells } from '#text/width.ts';
import { dark } from '#themes/index.ts';
import { calmAge } from '#views/components/age.ts';
import { type Column, cellsOf, layOut, titlesOf } from '#views/components/columns.ts';
import { edit, lineOf, textOf } from '#views/components/edit-line.ts';
import { cutSpans, fitSpans, leftAndRight, paint, span, widthOf } from '#views/components/line.ts';
import { topFor } from '#views/components/scroll.ts';
import { wrapWords } from '#views/components/wrap.ts';
import { thresholdInWords, valueInWords } from '#views/tenant/value.ts';

const text = fc.string({ unit: fc.constantFrom('a', 'é', ' ', '漢', '▇', 'e\u0301'), maxLength: 20 });
const spans = fc.array(
  text.map((one) => span(one)),
  { maxLength: 6 },
);
const plain = (row: readonly { readonly text: string }[]) => row.map((one) => one.text).join('');

describe('a row', () => {
  it('is exactly as wide as it was asked to be', () => {
    fc.assert(
      fc.property(spans, fc.integer({ min: 1, max: 60 }), (row, width) => {
        expect(widthOf(cutSpans(row, width))).toBeLessThanOrEqual(width);
        const fitted = widthOf(fitSpans(row, width));
        // A wide letter may not fit into the last cell; it is filled all the same.
        expect(fitted).toBe(width);
      }),
    );
  });

  it('is not touched when it fits, and shows where it was cut when not', () => {
    expect(plain(cutSpans([span('abc'), span('def')], 6))).toBe('abcdef');
    expect(plain(cutSpans([span('abc'), span('def')], 5))).toBe('abcd…');
    expect(plain(cutSpans([span('abc'), span('def')], 3))).toBe('ab…');
  });

  it('keeps its left end when both do not fit', () => {
    expect(plain(leftAndRight([span('left')], [span('right')], 12))).toBe('left   right');
    expect(plain(leftAndRight([span('left')], [span('right')], 10))).toBe('left');
  });

  it('changes style only where it must', () => {
    const row = [span('a', 'status.ok'), span(' '), span('b', 'status.ok'), span('c')];
    expect(paint(row, dark, 10)).toBe('\u001b[32ma b\u001b[0mc');
  });

  it('is laid on its whole width when it is selected', () => {
    expect(paint([span('a', 'status.ok')], dark, 4, 'row.selected')).toBe(
      '\u001b[48;5;237;32ma\u001b[0;48;5;237m   \u001b[0m',
    );
  });
});

describe('columns', () => {
  const column = (id: string, width: number, priority: number, flexible = false): Column<string> => ({
    id,
    title: id,
    width,
    priority,
    flexible,
    cell: (row) => span(row),
  });
  const columns = [column('NAME', 8, 0), column('WHY', 10, 1, true), column('AGE', 4, 2), column('NODE', 6, 3)];
  const shown = (width: number) =>
    layOut(columns, width).columns.map(({ column: { id }, width: cellsWide }) => `${id}:${cellsWide}`);

  it('leave in the order of their priority when there is no room', () => {
    expect(shown(40)).toEqual(['NAME:8', 'WHY:19', 'AGE:4', 'NODE:6']);
    expect(shown(26)).toEqual(['NAME:8', 'WHY:12', 'AGE:4']);
    expect(shown(20)).toEqual(['NAME:8', 'WHY:11']);
    expect(shown(12)).toEqual(['NAME:8']);
  });

  it('stand under their titles', () => {
    const layout = layOut(columns, 40);
    expect(widthOf(titlesOf(layout))).toBe(40);
    expect(widthOf(cellsOf(layout, '漢字漢字漢字', 0))).toBe(40);
  });

  it('show the arrow of the sorted one, however narrow it is', () => {
    const layout = layOut([column('TENANT', 6, 0), column('WHY', 10, 1, true)], 30);
    expect(plain(titlesOf(layout, { id: 'TENANT', arrow: '▼' }))).toContain('TENAN▼');
    expect(plain(titlesOf(layout, { id: 'WHY', arrow: '▲' }))).toContain('WHY ▲');
  });
});

describe('scrolling', () => {
  it('keeps the page while the cursor is on it, and always shows the cursor', () => {
    expect(topFor(5, 0, 10, 100)).toBe(0);
    expect(topFor(10, 0, 10, 100)).toBe(8);
    expect(topFor(7, 8, 10, 100)).toBe(0);
    const nat = fc.nat(200);
    fc.assert(
      fc.property(
        nat,
        nat,
        fc.integer({ min: 1, max: 80 }),
        fc.integer({ min: 1, max: 200 }),
        (cursor, top, height, count) => {
          const at = Math.min(cursor, count - 1);
          const first = topFor(at, top, height, count);
          expect(first).toBeLessThanOrEqual(at);
          expect(at).toBeLessThan(first + height);
          expect(first).toBeLessThanOrEqual(Math.max(0, count - height));
        },
      ),
    );
  });
});

describe('a line being typed', () => {
  const key = (name: string, written = '') => ({ name, text: written });
  const edited = (...keys: readonly ReturnType<typeof key>[]) =>
    keys.reduce((line, one) => edit(line, one) ?? line, lineOf('one two'));

  it('is edited as a shell’s', () => {
    expect(edited(key('ctrl+w')).before).toBe('one ');
    expect(textOf(edited(key('ctrl+u')))).toBe('');
    expect(edited(key('home'), key('delete'))).toEqual({ before: '', after: 'ne two' });
    expect(edited(key('left'), key('left'), key('x', 'x'))).toEqual({ before: 'one tx', after: 'wo' });
    expect(edited(key('home'), key('right'), key('ctrl+k'))).toEqual({ before: 'o', after: '' });
  });

  it('takes away a letter as a person sees it', () => {
    expect(edit(lineOf('e\u0301'), key('backspace'))?.before).toBe('');
    expect(edit(lineOf('ab👩‍👩‍👧'), key('backspace'))?.before).toBe('ab');
  });

  it('takes no key that writes nothing', () => {
    expect(edit(lineOf('a'), key('f5'))).toBeNull();
    expect(edit(lineOf('a'), key('paste', 'b\u001b[31mc\n'))?.before).toBe('abc ');
  });
});

describe('wrapping', () => {
  it('breaks between words and cuts what is left over', () => {
    expect(wrapWords('the quick brown fox jumps', 10, 2)).toEqual(['the quick', 'brown fox…']);
    expect(wrapWords('short', 10, 3)).toEqual(['short']);
    fc.assert(
      fc.property(text, fc.integer({ min: 2, max: 30 }), fc.integer({ min: 1, max: 4 }), (words, width, most) => {
        const lines = wrapWords(words, width, most);
        expect(lines.length).toBeLessThanOrEqual(most);
        expect(lines.every((line) => cells(line) <= width)).toBe(true);
      }),
    );
  });
});

describe('values in words', () => {
  it.each([
    [14, 'count', '14'],
    [1234, 'count', '1,234'],
    [1_600_000_000, 'count', '1,600 M'],
    [61.4, 'percent', '61.4 %'],
    [192, 'seconds', '3m12s'],
    [0.4, 'seconds', '0.4s'],
    [35.2, 'milliseconds', '35 ms'],
    [2400, 'milliseconds', '2.4s'],
    [8000, 'milliseconds', '8s'],
    [90_000, 'milliseconds', '1m30s'],
    [1_610_612_736, 'bytes', '1.5 GiB'],
    [0.25, 'ratio', '0.3'],
    [null, 'count', '–'],
  ] as const)('%s %s is %s', (value, unit, words) => {
    expect(valueInWords(value, unit)).toBe(words);
  });

  it('of a threshold say from where it is bad', () => {
    expect(thresholdInWords({ direction: 'above', warn: 80, critical: 95 }, 'percent')).toBe('≥ 80 % / 95 %');
    expect(thresholdInWords({ direction: 'below', warn: null, critical: 10 }, 'count')).toBe('≤ – / 10');
    expect(thresholdInWords(null, 'count')).toBe('');
  });

  it('of an age change every five seconds below a minute', () => {
    expect([0, 4, 5, 9, 59, 60, 599, 3700].map(calmAge)).toEqual([
      'now',
      'now',
      '5s',
      '5s',
      '55s',
      '1m',
      '9m',
      '1h01m',
    ]);
  });
});
