import { cells, cut } from '#text/width.ts';

/** Where a word that is longer than a line is parted: behind the last of what holds paths, names and images together. */
function seam(word: string): number {
  const last = Math.max(...['/', '.', ',', ';', ':', '=', '-', ']'].map((mark) => word.lastIndexOf(mark))) + 1;
  return last > word.length / 2 ? last : word.length;
}

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
    const taken = space > fitting.length / 2 ? fitting.slice(0, space) : fitting.slice(0, seam(fitting));
    if (taken === '') {
      break;
    }
    lines.push(taken);
    rest = rest.slice(taken.length).trimStart();
  }
  return lines;
}
