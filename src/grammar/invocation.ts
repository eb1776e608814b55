import type { Estate } from '#estate/estate.ts';
import type { Invocation, Io } from './command.ts';
import type { Parsed } from './parse.ts';

/** What a command gets. The estate is a function, so that a command that needs none never reads one. */
export function invocationOf(
  io: Io,
  { arguments: words, flags }: Parsed,
  readEstate: (invocation: Pick<Invocation, 'value' | 'given'>) => Promise<Estate>,
): Invocation {
  let estate: Promise<Estate> | undefined;
  const value = (flag: string) => flags.get(flag)?.at(-1);
  const given = (flag: string) => flags.has(flag);
  return {
    io,
    arguments: words,
    value,
    values: (flag) => flags.get(flag) ?? [],
    given,
    estate: () => {
      estate ??= readEstate({ value, given });
      return estate;
    },
  };
}
