import { clean } from '#text/clean.ts';
import { exitCodes, TillError } from '#text/till-error.ts';

/** Wrong usage (exit 2). What to do next is the suggestion, or else the help of the command. */
export function usageError(message: string, command: { readonly name: string } | null, suggestion?: string): TillError {
  const help = command === null ? 'till --help' : `till ${command.name} --help`;
  return new TillError(clean(message), {
    exit: exitCodes.usage,
    reason: 'usage',
    next: suggestion === undefined ? `see: ${help}` : clean(suggestion),
    ...(command === null ? {} : { target: command.name }),
  });
}
