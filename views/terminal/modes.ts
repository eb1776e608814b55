const on = {
  // A glyph that the terminal thinks wider than we do must not wrap and push every row below it (facts: terminal.md §1.4).
  autoWrapOff: '\u001b[?7l',
  // Pasted text arrives as one, so that a pasted `q` does not quit.
  bracketedPaste: '\u001b[?2004h',
};
const off = {
  bracketedPaste: '\u001b[?2004l',
  autoWrapOn: '\u001b[?7h',
};

/** The modes of the screen beyond those that Ink sets itself (alternate screen, hidden cursor). */
export function enterModes(stdout: NodeJS.WritableStream): () => void {
  stdout.write(on.autoWrapOff + on.bracketedPaste);
  return () => {
    stdout.write(off.bracketedPaste + off.autoWrapOn);
  };
}
