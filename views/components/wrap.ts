import { cells, cut } from '#text/width.ts';

/** A text in at most `most` lines of `width` cells, broken between words; the last is cut with `…` when more follows. */
export function wrapWords(text: string, width: number, most: number): readonly string[] {
  const lines: string[] = [];
  let rest = text.trim();
  while (rest !== '' && lines.length < most) {
    if (lines.length === most - 1 || cells(rest) <= width) {
      lines.push(cut(rest, width));
      break;
    }
    const fitting = cut(rest, width).replace(/…$/u, '');
    const space = fitting.lastIndexOf(' ');
    const taken = space > fitting.length / 2 ? fitting.slice(0, space) : fitting;
    if (taken === '') {
      break;
    }
    lines.push(taken);
    rest = rest.slice(taken.length).trimStart();
  }
  return lines;
}
