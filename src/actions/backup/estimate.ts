import type { CatalogueEntry } from '#backups/catalogue.ts';

/** What one core dumps, compresses and seals, beside the server that it reads from. */
const bytesPerSecond = 50 * 1024 ** 2;
const looksBack = 7;

/** The median of its last backups; by size and budget where there is none (facts: data-tier.md §2.2). */
export function expectedSeconds(
  backups: readonly Pick<CatalogueEntry, 'manifest'>[],
  bytes: number,
  budget: number | undefined,
): number {
  const spans = backups
    .slice(0, looksBack)
    .map(({ manifest: { startedAt, endedAt } }) => (Date.parse(endedAt) - Date.parse(startedAt)) / 1000)
    .sort((a, b) => a - b);
  const median = spans[Math.floor(spans.length / 2)];
  return Math.max(1, Math.ceil(median ?? 3 + bytes / Math.min(bytesPerSecond, budget ?? Number.POSITIVE_INFINITY)));
}
