import { exitCodes, TillError } from '#text/till-error.ts';
import type { Admitted } from './draft.ts';
import type { Leases } from './leases.ts';
import type { LedgerState } from './state.ts';

type Law = (draft: Admitted, state: LedgerState, leases: Leases) => void;

/** An outcome is always let in, also after somebody else has reconciled the operation: it is what happened. */
const laws: Readonly<Record<string, Law>> = {
  'operation/intent': isNew,
  'operation/step': isOurs,
  'operation/reconciled': hasLapsed,
  'freeze/begin': lasts,
  'freeze/end': stands,
  'incident/note': isOpen,
  'incident/join': isOpen,
  'incident/pin': isOpen,
  'incident/close': isOpen,
};

/** What holds for every entry, whoever writes it. Judged under the lock; throws a TillError when it does not hold. */
export function obey(draft: Admitted, state: LedgerState, leases: Leases): void {
  laws[`${draft.kind}/${draft.phase}`]?.(draft, state, leases);
}

function isNew(draft: Admitted, state: LedgerState): void {
  if (draft.kind === 'operation' && state.operations.has(draft.operation)) {
    throw refused('operation-open', `operation ${draft.operation} has begun already`, draft.operation);
  }
}

function isOurs(draft: Admitted, state: LedgerState, leases: Leases): void {
  if (draft.kind !== 'operation') {
    return;
  }
  const { operation } = draft;
  if (!state.operations.has(operation)) {
    throw refused('operation-not-open', `operation ${operation} is not open: no step can be recorded`, operation);
  }
  if (!leases.isMine(operation)) {
    throw refused('lease-lost', `another process has taken operation ${operation} over`, operation);
  }
}

/** The end that a stranger writes: only for an operation whose process is gone. */
function hasLapsed(draft: Admitted, state: LedgerState, leases: Leases): void {
  if (draft.kind !== 'operation') {
    return;
  }
  const { operation } = draft;
  const open = state.operations.get(operation);
  if (open === undefined) {
    throw refused('operation-not-open', `operation ${operation} is not open: there is nothing to reconcile`, operation);
  }
  const { life, why } = leases.view(open);
  if (life !== 'lapsed' && !isTakenOver(operation, leases)) {
    throw refused('operation-live', `operation ${operation} is not over: ${why}`, operation);
  }
}

/** Whoever took a lapsed operation over may end it, though its lease is fresh again. */
function isTakenOver(operation: string, leases: Leases): boolean {
  return leases.read(operation) !== null && leases.isMine(operation);
}

/** An open operation passes to us from the process that hands it over, or from one that is gone. */
export function mayTakeOver(operation: string, state: LedgerState, leases: Leases, from: number | null): void {
  const open = state.operations.get(operation);
  if (open === undefined) {
    throw refused('operation-not-open', `operation ${operation} is not open`, operation);
  }
  const { life, why, lease } = leases.view(open);
  const isHandedOver = lease !== null && (lease.pid === from || leases.isMine(operation));
  if (life !== 'lapsed' && !isHandedOver) {
    throw refused('operation-live', `operation ${operation} is not over: ${why}`, operation);
  }
}

function lasts(draft: Admitted): void {
  if (draft.kind === 'freeze' && draft.phase === 'begin') {
    const { from, until, freeze } = draft.params;
    if (!(Date.parse(from) < Date.parse(until))) {
      throw new TillError(`a freeze from ${from} until ${until} has no span`, {
        exit: exitCodes.usage,
        reason: 'freeze-without-span',
        target: freeze,
        next: 'let it end after it begins',
      });
    }
  }
}

function stands(draft: Admitted, state: LedgerState): void {
  if (draft.kind === 'freeze' && !state.freezes.has(draft.params.freeze)) {
    const { freeze } = draft.params;
    throw new TillError(`there is no freeze ${freeze} to end`, {
      exit: exitCodes.usage,
      reason: 'unknown-freeze',
      target: freeze,
      next: '`till freezes` lists them',
    });
  }
}

function isOpen(draft: Admitted, state: LedgerState): void {
  if (draft.kind === 'incident' && !state.incidents.has(draft.incident)) {
    throw new TillError(`incident ${draft.incident} is not open`, {
      exit: exitCodes.usage,
      reason: 'unknown-incident',
      target: draft.incident,
      next: '`till incidents` lists those that are',
    });
  }
}

function refused(reason: string, message: string, operation: string): TillError {
  return new TillError(message, {
    exit: exitCodes.refused,
    reason,
    target: operation,
    next: `\`till wait ${operation}\` watches it; \`till operations\` lists those that are open`,
    operation,
  });
}
