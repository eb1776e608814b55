import type { EntryBody } from './entry.ts';
import { requestOf } from './fold.ts';
import type { Appended, Refusal } from './ledger.ts';
import type { LedgerState } from './state.ts';

/** What a key that was used before says of an intent; null when it is new, or when there is none. */
export function judgedByKey(
  { idempotencyKey, action, target, params }: EntryBody,
  state: LedgerState,
): { readonly repeated: Extract<Appended, { status: 'repeated' }> } | { readonly refusal: Refusal } | null {
  const known = state.requests.get(idempotencyKey ?? '');
  if (known === undefined || action === null) {
    return null;
  }
  const { operation, request, status } = known;
  if (request === requestOf(action, target, params)) {
    return { repeated: { status: 'repeated', operation, outcome: status } };
  }
  return {
    refusal: {
      by: 'idempotency key',
      reason: 'idempotency-key-reused',
      message: `the idempotency key was used for another request, operation ${operation}`,
      until: null,
      wayOut: 'use a new key for a new request',
    },
  };
}
