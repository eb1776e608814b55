import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonical, isJson, type Json } from '#ledger/canonical.ts';

const text = fc.string({ unit: 'grapheme' });
const { json } = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    fc.maxSafeInteger(),
    text,
    fc.array(tie('json'), { maxLength: 4 }),
    fc.dictionary(text, tie('json'), { maxKeys: 5 }),
  ),
}));

/** The same value with the keys of every object put in the other way round. */
function turned(value: Json): Json {
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  return Array.isArray(value)
    ? value.map(turned)
    : Object.fromEntries(
        Object.entries(value)
          .map(([key, item]) => [key, turned(item)])
          .reverse(),
      );
}

describe('the canonical text of a value', () => {
  it('says the same value again', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(JSON.parse(canonical(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('does not depend on the order in which keys were set', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(canonical(turned(value))).toBe(canonical(value));
      }),
    );
  });

  it('is its own canonical text', () => {
    fc.assert(
      fc.property(json, (value) => {
        const once = canonical(value);
        expect(canonical(JSON.parse(once))).toBe(once);
      }),
    );
  });

  it('orders keys by UTF-16 code units, as the example of RFC 8785 §3.2.3', () => {
    const keys = ['\u20ac', '\r', '\ufb33', '1', '\ud83d\ude00', '\u0080', '\u00f6'];
    const ordered = Object.keys(JSON.parse(canonical(Object.fromEntries(keys.map((key) => [key, 0])))));
    // JSON.parse keeps `1` first, as an index; the text is what counts.
    expect(ordered.filter((key) => key !== '1')).toEqual([
      '\r',
      '\u0080',
      '\u00f6',
      '\u20ac',
      '\ud83d\ude00',
      '\ufb33',
    ]);
    expect(canonical({ b: 1, '\n': 2, a: [true, null] })).toBe(String.raw`{"\n":2,"a":[true,null],"b":1}`);
  });

  it.each([
    ['a fraction', { load: 0.1 }, '$.load: 0.1'],
    ['a number beyond 2^53', [Number.MAX_SAFE_INTEGER + 1], '$[0]'],
    ['not a number', Number.NaN, 'NaN'],
    ['a lone surrogate', { a: '\ud800' }, '$.a: a lone surrogate'],
    ['a lone surrogate in a key', { '\udc00': 1 }, 'a lone surrogate'],
    ['undefined', { a: undefined }, '$.a: undefined'],
    ['a date', { a: new Date(0) }, '$.a: Date'],
  ])('does not exist for %s', (_, value, message) => {
    expect(() => canonical(value as Json)).toThrow(message);
    expect(isJson(value)).toBe(false);
  });

  it('has no minus zero', () => {
    expect(canonical(-0)).toBe('0');
  });
});
