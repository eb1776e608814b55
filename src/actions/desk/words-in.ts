/** A line in words as a shell would part it: blanks part, quotes hold together. An open quote reaches to the end. */
export function wordsIn(line: string): readonly string[] {
  const words: string[] = [];
  for (const [whole] of line.matchAll(/(?:[^\s"']|"[^"]*"?|'[^']*'?)+/gu)) {
    words.push(
      whole.replace(/"([^"]*)"?|'([^']*)'?/gu, (_, double: string | undefined, single: string | undefined) => {
        return double ?? single ?? '';
      }),
    );
  }
  return words;
}
