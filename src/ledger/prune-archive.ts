import type { NewFile } from './export/sink.ts';
import type { Ledger } from './ledger.ts';
import { linkOf } from './verifier/line.ts';
import { LineSplitter } from './verifier/lines.ts';

const newline = Buffer.from('\n');

/** The lines from `first` up to `upTo`, as they stand. */
export async function archived(
  ledger: Pick<Ledger, 'bytes'>,
  { first, upTo }: { readonly first: number; readonly upTo: number },
  file: NewFile,
): Promise<void> {
  let isOver = false;
  let held: Buffer[] = [];
  const splitter = new LineSplitter((line) => {
    const seq = linkOf(line)?.seq ?? 0;
    isOver ||= seq > upTo;
    if (!isOver && seq >= first) {
      held.push(Buffer.concat([line, newline]));
    }
  });
  for await (const chunk of ledger.bytes(null)) {
    splitter.push(chunk);
    file.writeBytes(Buffer.concat(held));
    held = [];
    if (isOver) {
      return;
    }
  }
}
