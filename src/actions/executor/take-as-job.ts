import { setTimeout as pause } from 'node:timers/promises';
import type { LeaseKeeper } from '#ledger/leases.ts';
import type { Ledger } from '#ledger/ledger.ts';
import { TillError } from '#text/till-error.ts';

const everyMs = 1_000;

/**
 * The lease, for a pod of the Job: at once from the process that handed it to the Job, and from an earlier pod as soon as that one has been silent
 * for long enough to be known to be gone. Null when the operation has ended meanwhile, or when this pod was told to end first.
 */
export async function takenAsJob(
  operation: string,
  job: string,
  ledger: Ledger,
  signal: AbortSignal,
): Promise<LeaseKeeper | null> {
  while (!signal.aborted) {
    try {
      return await ledger.takeOver(operation, { job });
    } catch (error) {
      const reason = error instanceof TillError ? error.reason : null;
      if (reason === 'operation-not-open') {
        return null;
      }
      if (reason !== 'operation-live') {
        throw error;
      }
    }
    await pause(everyMs, undefined, { signal }).catch(() => undefined);
  }
  return null;
}
