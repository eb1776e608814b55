import { exitCodes, TillError } from '#text/till-error.ts';
import type { Identity } from './identity.ts';
import { isSameMachine } from './lease.ts';
import type { Home } from './state.ts';

/**
 * A file ledger belongs to one user on one host (design §5): its lock is the kernel's of that host, and its word on who
 * acted is that host's word. Elsewhere it may be read, and nothing may be done on it.
 */
export function mustBeAtHome(home: Home, estateId: string, identity: Identity, path: string): void {
  if (home.estate !== estateId) {
    throw new TillError(`this ledger is of another estate (${home.estate})`, {
      exit: exitCodes.usage,
      reason: 'ledger-of-another-estate',
      target: path,
      next: 'give each estate a ledger folder of its own; the id in estate.yaml never changes',
    });
  }
  if (home.uid !== identity.uid || !isSameMachine(home, identity)) {
    throw new TillError(
      `this ledger belongs to ${home.user} on ${home.host}; here is ${identity.user} on ${identity.host}`,
      {
        exit: exitCodes.refused,
        reason: 'ledger-elsewhere',
        target: path,
        next: `act as ${home.user} on ${home.host}, or keep the estate's ledger in PostgreSQL, which several people and hosts share; reading works here`,
      },
    );
  }
}
