import { cells } from './width.ts';

/** Lines of at most `width` cells, broken between words; a word longer than a line stands alone and is left whole. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/u).filter((part) => part !== '')) {
    if (line === '') {
      line = word;
    } else if (cells(line) + 1 + cells(word) <= width) {
      line += ` ${word}`;
    } else {
      lines.push(line);
      line = word;
    }
  }
  return line === '' ? lines : [...lines, line];
}
