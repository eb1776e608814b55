import { canonical, type Json } from '#ledger/canonical.ts';
import type { LedgerEntry } from '#ledger/entry.ts';
import type { Ledger } from '#ledger/ledger.ts';
import type { GrantStory } from './access-port.ts';

/** So many entries after its request are looked through: a grant lives for hours. */
const most = { scanned: 20_000, kept: 200 };

/** Its own entries and what was done under it, and the plan that it is for. */
export async function storyOf(
  { seq, grant, plan }: { readonly seq: number; readonly grant: string; readonly plan: string | null },
  ledger: Ledger,
): Promise<GrantStory> {
  await ledger.recordReading('console');
  const entries: LedgerEntry[] = [];
  for await (const entry of ledger.entries({ fromSeq: seq, toSeq: seq + most.scanned })) {
    if (entry.grant === grant && entry.phase !== 'step') {
      entries.push(entry);
    }
    if (entries.length >= most.kept) {
      break;
    }
  }
  return { entries, plan: plan === null ? null : await planned(plan, ledger) };
}

/** The lines of a plan that was recorded with this digest: by an intent, or by a refusal. */
async function planned(digest: string, ledger: Ledger): Promise<readonly string[] | null> {
  let scanned = 0;
  for await (const { plan, action, target } of ledger.newest({ kind: 'operation' })) {
    if (plan?.digest === digest) {
      return [
        `${action ?? ''} ${(target?.tenants ?? []).join(', ')}`.trim(),
        ...plan.changes.map(
          ({ object, field, before, after }) => `${object} ${field}  ${value(before)}  →  ${value(after)}`,
        ),
      ];
    }
    scanned += 1;
    if (scanned >= most.scanned) {
      break;
    }
  }
  return null;
}

function value(json: Json): string {
  return json === null ? 'nothing' : typeof json === 'string' ? json : canonical(json);
}
