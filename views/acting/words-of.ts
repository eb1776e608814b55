import { TillError } from '#text/till-error.ts';

/** What went wrong, and what helps. */
export function wordsOf(error: unknown): string {
  const words = error instanceof Error ? error.message : String(error);
  return error instanceof TillError && error.next !== null ? `${words}: ${error.next}` : words;
}
