const enter = [
  '\u001b[?1049h', // the alternate screen: what was there comes back on leaving
  '\u001b[?25l', // no cursor: the row under it is marked
  '\u001b[?7l', // a glyph wider than we think must not wrap and push every row below it (facts: terminal.md §1.4)
  '\u001b[?2004h', // pasted text arrives as one, so that a pasted `q` does not quit
].join('');
const leave = ['\u001b[?2004l', '\u001b[?7h', '\u001b[0m', '\u001b[?25h', '\u001b[?1049l'].join('');

const synchronized = { begin: '\u001b[?2026h', end: '\u001b[?2026l' };
const home = '\u001b[H';

/** Takes the screen; the returned function gives it back. */
export function enterScreen(stdout: NodeJS.WritableStream): () => void {
  stdout.write(enter);
  return () => {
    stdout.write(leave);
  };
}

/** Writes whole rows and leaves the cursor in the upper left corner. */
export function writeFrame(stdout: NodeJS.WritableStream, lines: readonly string[]): void {
  stdout.write(`${synchronized.begin}${home}${lines.join('\r\n')}${home}${synchronized.end}`);
}
