import { usageError } from '#grammar/usage-error.ts';

/** `--pid N` as a process number. Throws TillError (exit 2). */
export function pidGiven(given: string | readonly string[] | true | undefined, command: { readonly name: string }) {
  const text = typeof given === 'string' ? given : '';
  if (!/^[1-9]\d{0,9}$/u.test(text)) {
    throw usageError(`--pid takes the number of a session's process, not "${text}"`, command);
  }
  return Number(text);
}
