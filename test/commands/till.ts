import { commands } from '#commands/index.ts';
import { findEstate } from '#estate/find.ts';
import { runTill } from '#grammar/run.ts';
import { exitCodes } from '#text/till-error.ts';
import { type FakeIoOptions, fakeIo } from '../grammar/fake-io.ts';

export interface TillOptions extends FakeIoOptions {
  /** The working folder. */
  readonly folder?: string;
}

/** Runs a command line in this process, on the real commands, with a terminal or a pipe that remembers. */
export async function till(words: readonly string[], options: TillOptions = {}) {
  const { folder = '/nonexistent', env = { HOME: '/nonexistent' } } = options;
  const io = fakeIo({ ...options, env });
  const exit = await runTill(words, io, {
    commands,
    readEstate: ({ value }) => findEstate({ named: value('estate'), env, folder }),
    openConsole: async () => exitCodes.ok,
    complete: async () => exitCodes.ok,
    keepDetails: () => null,
  });
  return { exit, out: io.stdout(), err: io.stderr() };
}
