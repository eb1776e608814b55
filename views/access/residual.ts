import type { Credential } from '#ledger/access/grant.ts';

/** The latest instant at which any of these can still work; null when one has no end of its own, or there is none. */
export function residualOf(live: readonly Credential[]): string | null {
  const ends = live.map(({ residualUntil }) => residualUntil);
  return ends.includes(null)
    ? null
    : (ends
        .filter((end) => end !== null)
        .toSorted()
        .at(-1) ?? null);
}
