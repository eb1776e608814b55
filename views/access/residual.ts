import type { Credential, Grant } from '#ledger/access/grant.ts';
import { localSecond } from '../components/clock.ts';

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

/** `residual until 09:52:00`; empty when nothing that was issued can still work. */
export function residualWords({ credentials }: Pick<Grant, 'credentials'>, now: number): string {
  const live = credentials.filter(
    ({ retiredAt, residualUntil }) => retiredAt === null && (residualUntil === null || now < Date.parse(residualUntil)),
  );
  const until = residualOf(live);
  return live.length === 0 ? '' : `residual until ${until === null ? 'it is removed' : localSecond(Date.parse(until))}`;
}
