/**
 * What was pressed. `name` is what a binding names: `j`, `G`, `space`, `enter`, `esc`, `up`, `shift+tab`, `ctrl+c`, `alt+x`,
 * `f5`, `pageup`, `paste`. `text` is what an input line takes: empty for keys that write nothing.
 */
export interface Key {
  readonly name: string;
  readonly text: string;
}

export interface Decoded {
  readonly keys: readonly Key[];
  /** The beginning of a sequence whose end has not come yet. */
  readonly rest: string;
}

const pasteStart = '\u001b[200~';
const pasteEnd = '\u001b[201~';
/** A paste without an end, from a terminal that died in the middle, must not swallow the keyboard for ever. */
const longestPaste = 1_000_000;

const controlSequence = /^\u001b\[([\u0030-\u003f]*)([\u0020-\u002f]*)([\u0040-\u007e])/u;
const controlSequenceBegun = /^\u001b\[[\u0020-\u003f]*$/u;
/** Answers of the terminal to questions, window titles: OSC, DCS, APC, PM, SOS up to BEL or ST. */
const stringSequence = /^\u001b[\]P_^X][^\u0007\u001b]*(?:\u0007|\u001b\\)/u;
const stringSequenceBegun = /^\u001b[\]P_^X][^\u0007\u001b]*\u001b?$/u;

/**
 * The keys in what was read from a terminal, one each: on a slow line `jjj` arrives as one chunk, and Ink would make one
 * event of it (facts: terminal.md §1.3). With `flush`, a lone Esc at the end is the Esc key and not the start of more.
 */
export function decodeKeys(input: string, flush = false): Decoded {
  const keys: Key[] = [];
  let rest = input;
  while (rest !== '') {
    const step = rest.startsWith('\u001b') ? afterEscape(rest, flush) : plain(rest);
    if (step === null) {
      break;
    }
    keys.push(...step.keys);
    rest = rest.slice(step.length);
  }
  return { keys, rest };
}

interface Step {
  readonly keys: readonly Key[];
  readonly length: number;
}

const key = (name: string, text = ''): Key => ({ name, text });

function afterEscape(input: string, flush: boolean): Step | null {
  if (input.startsWith(pasteStart)) {
    return paste(input);
  }
  // X10 mouse: three bytes that are no characters follow.
  if (input.startsWith('\u001b[M')) {
    return input.length >= 6 ? { keys: [], length: 6 } : null;
  }
  const linuxFunctionKey = /^\u001b\[\[([A-E])/u.exec(input);
  if (linuxFunctionKey !== null) {
    return { keys: [key(`f${(linuxFunctionKey[1] ?? 'A').charCodeAt(0) - 64}`)], length: 4 };
  }
  const sequence = controlSequence.exec(input);
  if (sequence !== null) {
    const [whole, parameters = '', intermediates = '', final = ''] = sequence;
    const named = intermediates === '' ? sequenceKey(parameters, final) : null;
    return { keys: named === null ? [] : [named], length: whole.length };
  }
  const shift3 = /^\u001bO([0-9;]*)([A-Za-z])/u.exec(input);
  if (shift3 !== null) {
    const named = sequenceKey(shift3[1] ?? '', shift3[2] ?? '');
    return { keys: named === null ? [] : [named], length: shift3[0].length };
  }
  const string = stringSequence.exec(input);
  if (string !== null) {
    return { keys: [], length: string[0].length };
  }
  if (!flush && (input === '\u001b' || input === '\u001bO' || input === '\u001b[[')) {
    return null;
  }
  if (controlSequenceBegun.test(input) || stringSequenceBegun.test(input)) {
    // Half a sequence is never keys: what is missing comes with the next chunk, however late. Alone it was typed.
    return flush && input.length === 2 ? { keys: [key(`alt+${input[1]}`)], length: 2 } : null;
  }
  return escapeThen(input);
}

/** Esc alone, or Alt with the key that follows. */
function escapeThen(input: string): Step {
  const next = input.charAt(1);
  if (next === '' || next === '\u001b') {
    return { keys: [key('esc')], length: 1 };
  }
  if (next === '[') {
    // `ESC [` and then something that no sequence has: drop the two, keep what was typed.
    return { keys: [], length: 2 };
  }
  const { keys, length } = plain(input.slice(1));
  const [first, ...others] = keys;
  return {
    keys: first === undefined ? [key('esc')] : [key(`alt+${first.name}`), ...others],
    length: length + 1,
  };
}

function paste(input: string): Step | null {
  const end = input.indexOf(pasteEnd);
  if (end !== -1) {
    return { keys: [key('paste', input.slice(pasteStart.length, end))], length: end + pasteEnd.length };
  }
  return input.length > longestPaste ? { keys: [], length: input.length } : null;
}

const finals: Readonly<Record<string, string>> = {
  A: 'up',
  B: 'down',
  C: 'right',
  D: 'left',
  E: 'begin',
  F: 'end',
  H: 'home',
  M: 'enter',
  P: 'f1',
  Q: 'f2',
  R: 'f3',
  S: 'f4',
  Z: 'shift+tab',
};

const numbered: Readonly<Record<number, string>> = {
  1: 'home',
  2: 'insert',
  3: 'delete',
  4: 'end',
  5: 'pageup',
  6: 'pagedown',
  7: 'home',
  8: 'end',
  11: 'f1',
  12: 'f2',
  13: 'f3',
  14: 'f4',
  15: 'f5',
  17: 'f6',
  18: 'f7',
  19: 'f8',
  20: 'f9',
  21: 'f10',
  23: 'f11',
  24: 'f12',
};

/** null for mouse reports, focus, and the terminal's answers to questions: nobody pressed those. */
function sequenceKey(parameters: string, final: string): Key | null {
  if (/[<=>?]/.test(parameters) || final === 'I' || (final === 'O' && parameters === '')) {
    return null;
  }
  const numbers = parameters.split(';').map((part) => Number(part.split(':')[0] || 0));
  const [first = 0, second = 0, third = 0] = numbers;
  if (final === '~' && first === 27) {
    return characterKey(third, second); // xterm's modifyOtherKeys, tmux's extended-keys
  }
  if (final === 'u') {
    return characterKey(first, second); // kitty's protocol
  }
  const name = final === '~' ? numbered[first] : finals[final];
  // A report of the cursor's place ends in R as F3 does, but has a row.
  if (name === undefined || (final === 'R' && first > 1)) {
    return null;
  }
  return key(withModifiers(name, second));
}

function characterKey(code: number, modifiers: number): Key | null {
  if (code === 0 || code > 0x10ffff) {
    return null;
  }
  const [pressed] = plain(String.fromCodePoint(code)).keys;
  if (pressed === undefined || modifiers <= 1 || (modifiers === 2 && pressed.text !== '')) {
    return pressed ?? null;
  }
  return key(withModifiers(pressed.name, modifiers));
}

/** xterm's modifier parameter: one more than the sum of Shift 1, Alt 2, Ctrl 4. */
function withModifiers(name: string, parameter: number): string {
  const bits = Math.max(0, parameter - 1);
  return `${bits & 4 ? 'ctrl+' : ''}${bits & 2 ? 'alt+' : ''}${bits & 1 ? 'shift+' : ''}${name}`;
}

const controls: Readonly<Record<number, Key>> = {
  0: key('ctrl+space'),
  8: key('backspace'),
  9: key('tab'),
  10: key('enter'),
  13: key('enter'),
  27: key('esc'),
  28: key('ctrl+\\'),
  29: key('ctrl+]'),
  30: key('ctrl+^'),
  31: key('ctrl+_'),
  32: key('space', ' '),
  127: key('backspace'),
};

let segmenter: Intl.Segmenter | undefined;

/** One key from what is no sequence: a control character, or a grapheme however many code points it has. */
function plain(input: string): Step {
  const code = input.charCodeAt(0);
  const control = controls[code];
  if (control !== undefined) {
    return { keys: [control], length: 1 };
  }
  if (code < 0x20) {
    return { keys: [key(`ctrl+${String.fromCharCode(code + 0x60)}`)], length: 1 };
  }
  if (code >= 0x80 && code < 0xa0) {
    return { keys: [], length: 1 };
  }
  const next = input.charCodeAt(1);
  if (code < 0x7f && !(next > 0x7f)) {
    return { keys: [key(input.charAt(0), input.charAt(0))], length: 1 };
  }
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  const [first] = segmenter.segment(input);
  const text = first?.segment ?? input.charAt(0);
  return { keys: [key(text, text)], length: text.length };
}
