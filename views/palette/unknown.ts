import { suggest } from '#text/suggest.ts';

/** Why a word is not understood, with what it may have been. */
export function unknown(what: string, typed: string, known: readonly string[]): string {
  const meant = suggest(typed, known);
  if (meant !== undefined) {
    return `no ${what} is called ${typed}; ${meant} was meant?`;
  }
  return known.length <= 8
    ? `no ${what} is called ${typed}; there are ${known.join(', ')}`
    : `no ${what} is called ${typed}`;
}
