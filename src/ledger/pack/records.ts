import { exitCodes, TillError } from '#text/till-error.ts';
import type { Ledger } from '../ledger.ts';
import { linkOf } from '../verifier/line.ts';
import { LineSplitter } from '../verifier/lines.ts';
import type { PackWriter } from './pack-folder.ts';
import type { Span } from './span.ts';

/** The lines of the span as they stand: what was hashed is these bytes. */
export async function copyRecords(ledger: Pick<Ledger, 'bytes'>, { first, last }: Span, to: PackWriter): Promise<void> {
  let copied = 0;
  let held: string[] = [];
  const splitter = new LineSplitter((line) => {
    const seq = linkOf(line)?.seq ?? 0;
    if (seq >= first && seq <= last) {
      held.push(`${line.toString('utf8')}\n`);
    }
  });
  for await (const chunk of ledger.bytes(null)) {
    splitter.push(chunk);
    for (const line of held) {
      to.row(line);
    }
    copied += held.length;
    held = [];
  }
  if (copied !== last - first + 1) {
    throw new TillError(
      `of the entries from ${first} to ${last} only ${copied} can be handed out as they were written`,
      {
        ...{ exit: exitCodes.checkFalse, reason: 'ledger-incomplete' },
        next: 'see `till audit verify --chain`: a pack with a hole in it proves nothing',
      },
    );
  }
}
