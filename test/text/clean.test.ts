import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clean } from '#text/clean.ts';

/** C0, DEL, C1, line and paragraph separators, the bidirectional controls and the byte order mark. */
const unwanted = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/u;

const hostile = fc.array(
  fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      '\u001b[31m',
      '\u001b[2J',
      '\u001b]0;title\u0007',
      '\u001b]8;;http://x\u001b\\',
      '\u001bP1$r\u001b\\',
      '\u009b1A',
      '\u001b',
      '\u001b[',
      '\u202e',
      '\u2066',
      '\ud800',
      '\r\n',
      'plain',
    ),
  ),
);

describe('clean', () => {
  it.each([
    ['harbour-shoes', 'harbour-shoes'],
    ['\u001b[31mred\u001b[0m', 'red'],
    ['\u001b]0;owned\u0007pod', 'pod'],
    ['\u001b]8;;http://evil\u001b\\link\u001b]8;;\u001b\\', 'link'],
    ['\u009b2Jx', 'x'],
    ['a\tb\r\nc', 'a b c'],
    ['user\u202egnp.exe', 'usergnp.exe'],
    ['\u001b\u001b[31mx', 'x'],
    ['木 and ö stay', '木 and ö stay'],
    ['', ''],
  ])('%j → %j', (from, to) => {
    expect(clean(from)).toBe(to);
  });

  it('leaves no control character of any kind, whatever came in', () => {
    fc.assert(
      fc.property(hostile, (parts) => {
        expect(clean(parts.join(''))).not.toMatch(unwanted);
      }),
      { numRuns: 2000 },
    );
  });

  it('changes nothing the second time', () => {
    fc.assert(
      fc.property(hostile, (parts) => {
        const once = clean(parts.join(''));
        expect(clean(once)).toBe(once);
      }),
    );
  });

  it('keeps every printable ASCII text as it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme-ascii' }), (text) => {
        expect(clean(text)).toBe(text);
      }),
    );
  });

  it('takes time in proportion to the text, also for unfinished sequences', () => {
    const began = performance.now();
    clean('\u001b]'.repeat(200_000));
    clean('\u001b['.repeat(200_000));
    clean(`\u001b[${'1;'.repeat(200_000)}`);
    expect(performance.now() - began).toBeLessThan(2000);
  });
});
