import { broken } from './head.ts';
import type { Remembered } from './remembered.ts';
import { linkOf } from './verifier/line.ts';
import { LineSplitter } from './verifier/lines.ts';

/** The lines after an entry, in a file that begins later than its ledger did. Throws a TillError when that entry is not there. */
export async function* linesAfter(
  after: Remembered,
  begin: Remembered,
  blocks: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer> {
  let isAfter = begin.seq === after.seq && begin.hash === after.hash;
  let held: Buffer[] = [];
  const splitter = new LineSplitter((line) => {
    const link = linkOf(line);
    if (isAfter) {
      held.push(Buffer.concat([line, Buffer.from('\n')]));
    }
    isAfter ||= link?.seq === after.seq && link.hash === after.hash;
  });
  for await (const block of blocks) {
    splitter.push(block);
    yield* held;
    held = [];
  }
  if (!isAfter) {
    throw broken(`entry ${after.seq} is not in it, or is another one now`);
  }
}
