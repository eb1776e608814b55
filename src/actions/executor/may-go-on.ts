import type { Wired } from '#ledger/wire.ts';
import type { JobLook } from './job-eyes.ts';

/**
 * Whether an operation that has fallen silent may still be taken up by its Job: the next pod comes by itself, and one that cannot be seen from
 * here is not known to be over. One whose Job has not begun in all the time that it was given is over.
 */
export function mayGoOn(wired: Wired | null, look: JobLook | null | undefined): boolean {
  if (wired === null || wired.job === null) {
    return false;
  }
  switch (look?.state) {
    case 'complete':
    case 'failed':
    case 'absent':
    case 'foreign':
      return false;
    case 'waiting':
      return wired.hasBegun;
    default:
      return true;
  }
}
