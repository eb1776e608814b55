/**
 * A line in words as a shell would part it: blanks part, quotes hold together, a backslash outside of them takes what follows as it
 * is. An open quote reaches to the end.
 */
export function wordsIn(line: string): readonly string[] {
  const words: string[] = [];
  for (const [whole] of line.matchAll(/(?:\\.|[^\s"']|"[^"]*"?|'[^']*'?)+/gsu)) {
    words.push(
      whole.replace(
        /"([^"]*)"?|'([^']*)'?|\\(.)/gsu,
        (_, double: string | undefined, single: string | undefined, escaped: string | undefined) =>
          double ?? single ?? escaped ?? '',
      ),
    );
  }
  return words;
}
