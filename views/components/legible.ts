import { clean } from '#text/clean.ts';

// Emoji made of several code points: variation selectors, keycaps, skin tones, and what is joined on by ZWJ. Terminals do
// not agree on the cells of these; on the first of them alone they do.
const joined = /\u200d\p{Extended_Pictographic}?|[\ufe0e\ufe0f\u20e3\u{1f3fb}-\u{1f3ff}]/gu;
const mayJoin = /[\u200d\ufe0e\ufe0f\u20e3\ud83c]/u;

/**
 * A text from outside as a row may show it: nothing that a terminal obeys, and nothing of which it might think that it is
 * wider than we do, because every cell after it would then be wrong (facts: terminal.md §1.4).
 */
export function legible(text: string): string {
  const cleaned = clean(text);
  return mayJoin.test(cleaned) ? cleaned.replace(joined, '') : cleaned;
}
