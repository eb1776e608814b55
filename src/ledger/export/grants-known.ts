import type { LedgerEntry } from '../entry.ts';
import type { Ledger } from '../ledger.ts';

/** What later entries about a grant do not repeat. */
export interface KnownGrant {
  readonly subject: string;
  readonly isBreakGlass: boolean;
}

export type KnownGrants = ReadonlyMap<string, KnownGrant>;

/** What every entry is told with. */
export interface Circumstances {
  readonly estateId: string;
  readonly grants: KnownGrants;
}

/** The requests up to an entry: a few words for each grant, whatever else the ledger holds. */
export async function grantsKnown(ledger: Pick<Ledger, 'entries'>, toSeq: number): Promise<KnownGrants> {
  const known = new Map<string, KnownGrant>();
  for await (const entry of ledger.entries({ kind: 'grant', phase: 'request', toSeq })) {
    known.set(entry.grant ?? '', grantIn(entry));
  }
  return known;
}

function grantIn({ params }: LedgerEntry): KnownGrant {
  return { subject: String(params['subject'] ?? ''), isBreakGlass: params['form'] === 'break-glass' };
}
