import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { clean } from '#text/clean.ts';
import { cells, cut, fit as filled } from '#text/width.ts';
import { wrap } from '#text/wrap.ts';

const texts = fc
  .oneof(
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: 'grapheme-ascii' }),
    fc
      .array(fc.constantFrom('│', '▁', '█', '●', '▲', '✖', '…', '−', '→', 'ö', '木', '👩‍👧', 'é', 'x'))
      .map((all) => all.join('')),
  )
  .map(clean);

describe('cells', () => {
  it.each([
    ['', 0],
    ['till', 4],
    ['Åäö', 3],
    ['木', 2],
    ['👩‍👧', 2],
    ['▁▂█│●▲✖…−', 9],
  ])('%j takes %i', (text, width) => {
    expect(cells(text)).toBe(width);
  });

  it('agrees with string-width on every cleaned text', () => {
    fc.assert(
      fc.property(texts, (text) => {
        expect(cells(text)).toBe(stringWidth(text));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('cut and fit', () => {
  it.each([
    ['harbour-shoes', 8, 'harbour…'],
    ['harbour', 7, 'harbour'],
    ['木木木', 4, '木…'],
    ['木木木', 6, '木木木'],
    ['abc', 1, '…'],
    ['abc', 0, ''],
    ['abc', -3, ''],
  ])('cut(%j, %i) is %j', (text, width, expected) => {
    expect(cut(text, width)).toBe(expected);
  });

  it('never give more than the width, and fit gives exactly it', () => {
    fc.assert(
      fc.property(texts, fc.integer({ min: 0, max: 40 }), fc.constantFrom('left', 'right'), (text, width, align) => {
        expect(cells(cut(text, width))).toBeLessThanOrEqual(width);
        expect(cells(filled(text, width, align))).toBe(width);
      }),
    );
  });
});

describe('wrap', () => {
  it.each([
    ['one two three', 7, ['one two', 'three']],
    ['one', 2, ['one']],
    ['  a   b ', 3, ['a b']],
    ['', 5, []],
    ['木木 木木', 5, ['木木', '木木']],
  ])('%j in %i cells', (text, width, lines) => {
    expect(wrap(text, width)).toEqual(lines);
  });
});
