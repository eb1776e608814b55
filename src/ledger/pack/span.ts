import type { LedgerEntry } from '../entry.ts';

/** The entries of a pack: every one from the first to the last, so that the chain goes through it. */
export interface Span {
  readonly first: number;
  readonly last: number;
}

export function isWithin({ first, last }: Span, { seq }: Pick<LedgerEntry, 'seq'>): boolean {
  return seq >= first && seq <= last;
}
