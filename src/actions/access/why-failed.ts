import type { Grant } from '#ledger/access/grant.ts';
import type { Ledger } from '#ledger/ledger.ts';

/** What the ledger says of why a grant failed; null where it does not say. */
export async function whyFailed({ grant, seq }: Grant, ledger: Ledger): Promise<string | null> {
  for await (const entry of ledger.newest({ kind: 'grant', phase: 'fail', fromSeq: seq })) {
    if (entry.grant === grant) {
      return entry.reason;
    }
  }
  return null;
}
