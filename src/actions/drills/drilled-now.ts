import type { JsonObject } from '#ledger/canonical.ts';
import type { Ledger } from '#ledger/ledger.ts';
import { type Drilled, drilledIn } from './result.ts';

export interface Told {
  readonly operation: string;
  readonly drilled: Drilled;
}

/** What the newest drill of a tenant came to, by the step that has just recorded it. A tenant has one operation at a time. */
export async function drilledNow(tenant: string, { ledger }: { readonly ledger: Ledger }): Promise<Told | null> {
  for await (const { params, operation } of ledger.newest({ action: 'drill', phase: 'step', tenant, limit: 2 })) {
    const drilled = drilledIn((params['details'] ?? {}) as JsonObject);
    if (drilled !== null && operation !== null) {
      return { operation, drilled };
    }
  }
  return null;
}
