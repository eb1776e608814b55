import { exitCodes, TillError } from '#text/till-error.ts';
import type { Draft } from '../draft.ts';

/** What break-glass lasts at most while nobody else can see it. */
export const awaySeconds = 900;

/**
 * What may be done while the shared ledger is away: taking away, holding back, and breaking glass for a short while. Everything
 * else waits (facts: access-audit.md §3.2).
 */
export function maySpool(
  draft: Draft,
  isSpooled: (operation: string) => boolean,
  isBreakGlass: (grant: string) => boolean,
): boolean {
  switch (draft.kind) {
    case 'grant':
      return (
        ['revoke', 'end', 'notify'].includes(draft.phase) ||
        (draft.phase === 'activate' && isBreakGlass(draft.grant)) ||
        (draft.phase === 'request' && draft.params.form === 'break-glass')
      );
    case 'lock':
    case 'freeze':
      return draft.phase === 'begin';
    case 'operation':
      return draft.phase === 'intent' || draft.phase === 'refusal'
        ? draft.action === 'freeze'
        : isSpooled(draft.operation);
    default:
      return false;
  }
}

/** Break-glass is cut to what may pass unseen; and nothing of it is extended. */
export function shortened<D extends Draft>(draft: D): D {
  if (draft.kind !== 'grant' || draft.phase !== 'request') {
    return draft;
  }
  if ((draft.params.extends ?? null) !== null) {
    throw new TillError('break-glass cannot be extended while the ledger is away', {
      ...{ exit: exitCodes.refused, reason: 'not-extended', target: draft.grant },
      next: 'break glass anew when it has ended',
    });
  }
  return { ...draft, params: { ...draft.params, seconds: Math.min(draft.params.seconds, awaySeconds) } };
}
