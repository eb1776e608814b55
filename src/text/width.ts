import stringWidth from 'string-width';

/**
 * Cells that a text takes in a terminal. ASCII, Latin, box drawing and block elements are counted here; anything else
 * goes to string-width, whose first call costs 45 ms (facts: terminal.md §0.2).
 */
export function cells(text: string): number {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    const simple =
      (code >= 0x20 && code <= 0x7e) || (code >= 0xa0 && code <= 0x2ff && code !== softHyphen) || isSymbol(code);
    if (!simple) {
      return stringWidth(text);
    }
  }
  return text.length;
}

/** Latin, and yet it takes no cell. */
const softHyphen = 0xad;

/** Symbols that till itself draws, each one cell: punctuation, arrows, box drawing, blocks, geometric shapes, `✖`. */
function isSymbol(code: number): boolean {
  return (
    (code >= 0x2010 && code <= 0x2027) ||
    (code >= 0x2190 && code <= 0x2193) ||
    (code >= 0x2500 && code <= 0x259f) ||
    code === 0x25b2 ||
    code === 0x25b8 ||
    code === 0x25cf ||
    code === 0x25cb ||
    code === 0x25bc ||
    code === 0x2212 ||
    code === 0x2298 ||
    code === 0x2716
  );
}

const graphemes = () => new Intl.Segmenter('en', { granularity: 'grapheme' });
let segmenter: Intl.Segmenter | undefined;

/** The longest beginning of `text` within `width` cells; `…` marks what was cut. */
export function cut(text: string, width: number): string {
  if (width <= 0) {
    return '';
  }
  if (cells(text) <= width) {
    return text;
  }
  segmenter ??= graphemes();
  let taken = '';
  let used = 0;
  for (const { segment } of segmenter.segment(text)) {
    const next = cells(segment);
    if (used + next > width - 1) {
      break;
    }
    taken += segment;
    used += next;
  }
  return `${taken}…`;
}

/** Exactly `width` cells: cut or filled with spaces, on the right unless `align` says `right`. */
export function fit(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const shown = cut(text, width);
  const fill = ' '.repeat(Math.max(0, width - cells(shown)));
  return align === 'left' ? shown + fill : fill + shown;
}
