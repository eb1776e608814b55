import type { FollowingDraft } from '#ledger/draft.ts';
import type { Ledger } from '#ledger/ledger.ts';
import type { Agreed, End } from './perform-plan.ts';
import type { Plan } from './plan.ts';

/** So many names fit into an entry, however long each is. */
const namesAnEntry = 200;

/**
 * Records whom a round never came to, as a refusal that names them: the list was agreed to, and the ledger shows what became
 * of each. Null where that could be recorded; else why not.
 */
export async function recordSkipped(
  skipped: readonly Plan[],
  because: End | null,
  { action, reason, ticket, bulk }: Pick<Agreed, 'action' | 'reason' | 'ticket' | 'bulk'>,
  ledger: Ledger,
): Promise<string | null> {
  const [first] = skipped;
  const names = [...new Set(skipped.flatMap(({ tenants }) => tenants))];
  const outcome =
    because === null
      ? { by: 'whoever began it', message: 'never begun: it was told to begin nothing more' }
      : { by: `operation ${because.operation}`, message: 'never begun: that one did not go well' };
  const drafts: FollowingDraft[] = [];
  for (let from = 0; from < names.length; from += namesAnEntry) {
    drafts.push({
      ...{ kind: 'operation', phase: 'refusal', operation: ledger.newId(), action: action.name },
      params: first?.params ?? {},
      target: { tenants: names.slice(from, from + namesAnEntry) },
      ...{ reason, ticket, bulk },
      outcome: {
        ...outcome,
        status: 'refused',
        reason: 'skipped',
        wayOut: 'run it again for them, or with --keep-going',
      },
    });
  }
  try {
    await ledger.appendAll(drafts);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
