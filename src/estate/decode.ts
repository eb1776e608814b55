import type { Problem } from './problem.ts';

/** UTF-8 text, or where it stops being that. A byte order mark is let go. */
export function decoded(bytes: Uint8Array): { readonly text: string; readonly problem: Problem | null } {
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes), problem: null };
  } catch {
    const before = validBeginning(bytes);
    const lines = before.split('\n');
    return {
      text: '',
      problem: {
        line: lines.length,
        column: (lines.at(-1)?.length ?? 0) + 1,
        path: '',
        message: isUtf16(bytes) ? 'the file is UTF-16' : 'this is not UTF-8',
        hint: 'save the file as UTF-8',
      },
    };
  }
}

function validBeginning(bytes: Uint8Array): string {
  // Replacement characters begin where the bytes go wrong; a U+FFFD that the file really has is rare enough.
  const text = new TextDecoder('utf-8').decode(bytes);
  const wrong = text.indexOf('\ufffd');
  return wrong === -1 ? text : text.slice(0, wrong);
}

function isUtf16([first, second]: Uint8Array): boolean {
  return (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
}
