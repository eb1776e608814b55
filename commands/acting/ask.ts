import { createInterface } from 'node:readline/promises';
import type { Io } from '#grammar/command.ts';
import type { Confirmation } from '#policy/confirm.ts';

/** Asks on the terminal. Anything but the very answer is no: there is no default that destroys. */
export async function ask(needed: Confirmation, io: Io): Promise<boolean> {
  if (needed.kind === 'none') {
    return true;
  }
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const question = needed.kind === 'yes' ? 'Do it? y/N ' : `Type ${needed.text} to do it: `;
    const answer = (await lines.question(question, { signal: io.signal })).trim();
    return needed.kind === 'yes' ? /^y(es)?$/iu.test(answer) : answer === needed.text;
  } catch {
    return false;
  } finally {
    lines.close();
  }
}
