import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeKeys } from '#views/terminal/keys.ts';

const names = (input: string, flush = true) => decodeKeys(input, flush).keys.map(({ name }) => name);

describe('keys', () => {
  it('are one each, even when a slow line brings several at once', () => {
    expect(names('jjj')).toEqual(['j', 'j', 'j']);
  });

  it.each([
    ['\r', 'enter'],
    ['\n', 'enter'],
    ['\t', 'tab'],
    [' ', 'space'],
    ['\u007f', 'backspace'],
    ['\u0003', 'ctrl+c'],
    ['\u001b', 'esc'],
    ['\u001b[A', 'up'],
    ['\u001bOA', 'up'],
    ['\u001b[1;5B', 'ctrl+down'],
    ['\u001b[1;2C', 'shift+right'],
    ['\u001b[Z', 'shift+tab'],
    ['\u001b[H', 'home'],
    ['\u001b[4~', 'end'],
    ['\u001b[5~', 'pageup'],
    ['\u001b[6;3~', 'alt+pagedown'],
    ['\u001b[3~', 'delete'],
    ['\u001bOP', 'f1'],
    ['\u001b[15~', 'f5'],
    ['\u001b[[B', 'f2'],
    ['\u001b[24~', 'f12'],
    ['\u001bx', 'alt+x'],
    ['\u001b\u007f', 'alt+backspace'],
    ['\u001b[106u', 'j'],
    ['\u001b[99;5u', 'ctrl+c'],
    ['\u001b[27;5;13~', 'ctrl+enter'],
    ['G', 'G'],
    ['é', 'é'],
    ['👩‍👩‍👧', '👩‍👩‍👧'],
    ['e\u0301', 'e\u0301'],
  ])('%j is %s', (input, name) => {
    expect(names(input)).toEqual([name]);
  });

  it('are not what a mouse, a focus change or an answer of the terminal sends', () => {
    expect(names('\u001b[<0;10;20M\u001b[<0;10;20m\u001b[M !!\u001b[I\u001b[O\u001b[?2026;2$y\u001b[12;40R')).toEqual(
      [],
    );
    expect(names('\u001b]11;rgb:0000/0000/0000\u001b\\j\u001bP1$r0m\u001b\\k')).toEqual(['j', 'k']);
  });

  it('wait for the rest of a sequence that is cut in two', () => {
    const begun = decodeKeys('\u001b[1;');
    expect(begun).toEqual({ keys: [], rest: '\u001b[1;' });
    expect(names(`${begun.rest}5A`)).toEqual(['ctrl+up']);
  });

  it('take a lone Esc for Esc only when nothing more came in time', () => {
    expect(decodeKeys('\u001b')).toEqual({ keys: [], rest: '\u001b' });
    expect(names('\u001b')).toEqual(['esc']);
  });

  it('never become letters when a sequence comes in two packets further apart than that', () => {
    const { keys, rest } = decodeKeys('\u001b[1;5', true);
    expect(keys).toEqual([]);
    expect(names(`${rest}A`)).toEqual(['ctrl+up']);
  });

  it('of a paste are one, with its text', () => {
    expect(decodeKeys('a\u001b[200~q:\nquit\u001b[201~b').keys).toEqual([
      { name: 'a', text: 'a' },
      { name: 'paste', text: 'q:\nquit' },
      { name: 'b', text: 'b' },
    ]);
    expect(decodeKeys('\u001b[200~half').rest).toBe('\u001b[200~half');
  });

  it('are the same however the bytes are cut into chunks', () => {
    const piece = fc.constantFrom(
      'j',
      '\u001b[A',
      '\u001b[15~',
      'é',
      '\u001bOP',
      '\u001b[<0;1;2M',
      ' ',
      '\r',
      '\u001b[200~ab\u001b[201~',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), fc.array(fc.nat(200), { maxLength: 6 }), (pieces, cuts) => {
        const whole = pieces.join('');
        const places = [...new Set(cuts.map((cut) => cut % (whole.length + 1)))].sort((a, b) => a - b);
        let rest = '';
        const keys: string[] = [];
        for (const [index, place] of [...places, whole.length].entries()) {
          const decoded = decodeKeys(rest + whole.slice(places[index - 1] ?? 0, place));
          keys.push(...decoded.keys.map(({ name }) => name));
          rest = decoded.rest;
        }
        expect(keys).toEqual(names(whole));
        expect(rest).toBe('');
      }),
    );
  });

  it('never fail, whatever bytes come', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (input) => decodeKeys(input, true).rest.length <= input.length),
    );
  });
});
