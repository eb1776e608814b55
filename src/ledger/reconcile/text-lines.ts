import { createReadStream } from 'node:fs';
import { exitCodes, TillError } from '#text/till-error.ts';
import { codeOf } from '../store-error.ts';
import { LineSplitter } from '../verifier/lines.ts';

/** A log that is longer in one line than this is not one: what follows is not kept in memory. */
const longestLine = 8 * 1_024 * 1_024;

/** The pieces of a file, or of what comes on standard input for `-`. Rejects with a TillError (exit 7) when it cannot be read. */
export async function* piecesOf(path: string): AsyncGenerator<Buffer> {
  const stream = path === '-' ? createReadStream('', { fd: 0, autoClose: false }) : createReadStream(path);
  try {
    yield* stream;
  } catch (error) {
    throw unreadable(path, codeOf(error));
  }
}

/** Its lines, without their ends. */
export async function* linesOf(pieces: AsyncIterable<Buffer>, path: string): AsyncGenerator<string> {
  let found: string[] = [];
  const splitter = new LineSplitter((line) => {
    found.push(line.toString('utf8').replace(/\r$/, ''));
  });
  let sinceLine = 0;
  for await (const piece of pieces) {
    splitter.push(piece);
    sinceLine = found.length > 0 ? 0 : sinceLine + piece.length;
    if (sinceLine > longestLine) {
      throw unreadable(path, `a line of more than ${longestLine} bytes`);
    }
    yield* found;
    found = [];
  }
  if (splitter.rest.length > 0) {
    yield splitter.rest.toString('utf8');
  }
}

function unreadable(path: string, why: string): TillError {
  return new TillError(`the log could not be read: ${why}`, {
    ...{ exit: exitCodes.unreachable, reason: 'log-unreadable', target: path },
    next: 'without the log nothing can be said about what it tells; name a file that this user may read',
  });
}
