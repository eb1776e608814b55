import { cells, cut } from '#text/width.ts';
import type { Theme, Token } from '#themes/index.ts';

/** A piece of a row: text that is already clean, and what it means. */
export interface Span {
  readonly text: string;
  readonly token?: Token;
}

export function span(text: string, token?: Token): Span {
  return token === undefined ? { text } : { text, token };
}

export function widthOf(spans: readonly Span[]): number {
  return spans.reduce((sum, { text }) => sum + cells(text), 0);
}

/** Exactly the first `width` cells, the rest cut with `…`. */
export function cutSpans(spans: readonly Span[], width: number): readonly Span[] {
  if (widthOf(spans) <= width) {
    return spans;
  }
  const kept: Span[] = [];
  let left = width;
  for (const one of spans) {
    const wide = cells(one.text);
    // What follows needs a cell for the `…`, unless this is where the row is cut.
    if (wide < left) {
      kept.push(one);
      left -= wide;
      continue;
    }
    const text = cut(`${one.text} `, left);
    kept.push({ ...one, text });
    break;
  }
  return kept;
}

/** Exactly `width` cells of spans: cut, or filled up on the right (or left). */
export function fitSpans(spans: readonly Span[], width: number, align: 'left' | 'right' = 'left'): readonly Span[] {
  const shown = cutSpans(spans, width);
  const missing = width - widthOf(shown);
  if (missing <= 0) {
    return shown;
  }
  const fill = { text: ' '.repeat(missing) };
  return align === 'left' ? [...shown, fill] : [fill, ...shown];
}

/** Left and right ends of one row; where both do not fit, the right end goes first. */
export function leftAndRight(left: readonly Span[], right: readonly Span[], width: number): readonly Span[] {
  const gap = width - widthOf(left) - widthOf(right);
  return gap >= 2 ? [...left, { text: ' '.repeat(gap) }, ...right] : cutSpans(left, width);
}

/**
 * A row as a terminal takes it. With `under`, the whole width is laid on that token. A style lasts until another one is
 * needed, and blanks need none: that is half the bytes of opening and closing each piece.
 */
export function paint(spans: readonly Span[], theme: Theme, width: number, under?: Token): string {
  const base = under === undefined ? '' : theme.styles[under];
  let row = '';
  let current = '';
  for (const { text, token } of under === undefined ? cutSpans(spans, width) : fitSpans(spans, width)) {
    const own = token === undefined ? '' : theme.styles[token];
    const style = base === '' ? own : own === '' ? base : `${base};${own}`;
    if (style !== current && (base !== '' || !isBlank(text))) {
      row += current === '' ? `\u001b[${style}m` : `\u001b[0${style === '' ? '' : `;${style}`}m`;
      current = style;
    }
    row += text;
  }
  return current === '' ? row : `${row}\u001b[0m`;
}

function isBlank(text: string): boolean {
  return text.trim() === '';
}
