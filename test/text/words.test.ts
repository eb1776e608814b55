import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { span } from '#text/age.ts';
import { instant } from '#text/clock.ts';
import { isGlob, matchesGlob } from '#text/glob.ts';
import { size } from '#text/size.ts';
import { sparkline } from '#text/sparkline.ts';
import { suggest } from '#text/suggest.ts';

describe('a span', () => {
  it.each([
    [0, '0s'],
    [-5, '0s'],
    [59.9, '59s'],
    [60, '1m00s'],
    [192, '3m12s'],
    [600, '10m'],
    [3599, '59m'],
    [3600, '1h00m'],
    [7500, '2h05m'],
    [86_400, '1d0h'],
    [273_600, '3d4h'],
  ])('of %d seconds is %s', (seconds, words) => {
    expect(span(seconds)).toBe(words);
  });
});

describe('a size', () => {
  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.0 KiB'],
    [1536, '1.5 KiB'],
    [1_048_575, '1.0 MiB'],
    [-2048, '−2.0 KiB'],
    [5 * 1024 ** 4, '5.0 TiB'],
    [3000 * 1024 ** 5, '3000 PiB'],
  ])('of %d bytes is %s', (bytes, words) => {
    expect(size(bytes)).toBe(words);
  });
});

describe('an instant', () => {
  it('is RFC 3339 in UTC to the second', () => {
    expect(instant(Date.parse('2026-11-27T09:41:00.999+01:00'))).toBe('2026-11-27T08:41:00Z');
  });
});

describe('a sparkline', () => {
  it('has one block a value, the largest on top, nothing below the lowest', () => {
    expect(sparkline([0, 1, 4, 8])).toBe('▁▁▄█');
    expect(sparkline([])).toBe('');
    expect(sparkline([0, 0])).toBe('▁▁');
  });
});

describe('a glob', () => {
  it.each([
    ['shop-*', 'shop-0013', true],
    ['shop-?', 'shop-12', false],
    ['*', 'anything', true],
    ['a.b', 'axb', false],
    ['*_prod', 'kaffe_prod', true],
    ['(x)[y]', '(x)[y]', true],
  ])('%s and %s: %s', (glob, text, expected) => {
    expect(matchesGlob(glob, text)).toBe(expected);
  });

  it('without * or ? matches itself alone', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (glob, text) => {
        fc.pre(!isGlob(glob));
        expect(matchesGlob(glob, text)).toBe(glob === text);
      }),
    );
  });

  it('agrees with the regular expression that says the same', () => {
    const short = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 7 });
    fc.assert(
      fc.property(short, fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 7 }), (glob, text) => {
        const pattern = new RegExp(`^${glob.replace(/\*+/gu, '.*').replaceAll('?', '.')}$`, 'su');
        expect(matchesGlob(glob, text)).toBe(pattern.test(text));
      }),
      { numRuns: 2000 },
    );
  });

  it('of many stars takes no longer than a blink', () => {
    const began = performance.now();
    matchesGlob(`${'*a'.repeat(30)}b`, 'a'.repeat(63));
    expect(performance.now() - began).toBeLessThan(500);
  });
});

describe('a suggestion', () => {
  it.each([
    ['statsu', ['status', 'show'], 'status'],
    ['sta', ['status', 'show'], 'status'],
    ['harbor-shoes', ['harbour-shoes', 'harbour-hats'], 'harbour-shoes'],
    ['zzz', ['status', 'show'], undefined],
    ['x', [], undefined],
    ['jso', ['json', 'jsonl'], 'json'],
  ])('for %s among %j is %s', (typed, candidates, expected) => {
    expect(suggest(typed, candidates)).toBe(expected);
  });
});
