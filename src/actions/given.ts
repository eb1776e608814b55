import { usageError } from '#grammar/usage-error.ts';

/** What a definition's `parse` is handed for one word or flag. */
export type Given = string | readonly string[] | true | undefined;

/** The one value of a flag or word; null when it was not given. */
export function textGiven(given: Given): string | null {
  return typeof given === 'string' && given !== '' ? given : null;
}

/** Every value of a repeatable flag; commas part values too. */
export function listGiven(given: Given): readonly string[] {
  const values = typeof given === 'string' ? [given] : Array.isArray(given) ? (given as readonly string[]) : [];
  return values.flatMap((value) => value.split(',').filter((one) => one !== ''));
}

/** A name that will be typed again, in commands and in talk. Throws TillError (exit 2). */
export function nameGiven(given: Given, what: string, command: { readonly name: string }): string {
  const text = textGiven(given) ?? '';
  if (!/^[a-z0-9][a-z0-9._-]{0,62}$/iu.test(text)) {
    throw usageError(`the ${what} needs a name of letters, digits, ".", "_" and "-", not "${text}"`, command);
  }
  return text;
}
