import type { Query, ServerIdentity } from '#systems/postgres/server.ts';
import { ReadFailure } from '#systems/source.ts';

/**
 * A read that is true only with pg_monitor: without it PostgreSQL does not refuse, it shows other sessions as empty rows,
 * and a count of those looks calm (facts: data-tier.md §1.2).
 */
export function asMonitor(server: ServerIdentity, text: string): Query {
  if (!server.hasPgMonitor) {
    throw new ReadFailure('forbidden', 'our role lacks pg_monitor: till estate grants', '42501');
  }
  return { text };
}
