import { setTimeout as pause } from 'node:timers/promises';
import type { LedgerEntry, RecordedOutcome } from '#ledger/entry.ts';
import type { Ledger } from '#ledger/ledger.ts';
import { type ExitCode, exitCodes } from '#text/till-error.ts';
import { type ProgressEvent, progressPath, readProgress } from './progress.ts';

export interface Awaited {
  /** null: the time was up, and the operation goes on. */
  readonly outcome: RecordedOutcome | null;
  readonly entry: LedgerEntry | null;
}

const everyMs = 150;

/** Watches an operation until it has ended, the signal, or the time is up. Ends nothing. */
export async function awaitOperation(
  operation: string,
  options: {
    readonly ledger: Ledger;
    readonly ledgerFolder: string;
    readonly timeoutMs: number | null;
    readonly now: () => number;
    readonly signal: AbortSignal;
    readonly onProgress?: (event: ProgressEvent) => void;
  },
): Promise<Awaited> {
  const { ledger, ledgerFolder, timeoutMs, now, signal, onProgress } = options;
  const path = progressPath(ledgerFolder, operation);
  const until = timeoutMs === null ? Number.POSITIVE_INFINITY : now() + timeoutMs;
  let offset = 0;
  for (;;) {
    const told = await readProgress(path, offset);
    offset = told.offset;
    for (const event of told.events) {
      onProgress?.(event);
    }
    const isOpen = (await ledger.state()).operations.has(operation);
    if (!isOpen) {
      return await endOf(operation, ledger);
    }
    if (now() >= until || signal.aborted) {
      return { outcome: null, entry: null };
    }
    await pause(everyMs, undefined, { signal }).catch(() => undefined);
  }
}

async function endOf(operation: string, ledger: Ledger): Promise<Awaited> {
  for await (const entry of ledger.newest({ operation })) {
    if (entry.outcome !== null && entry.phase !== 'step') {
      return { outcome: entry.outcome, entry };
    }
  }
  return { outcome: null, entry: null };
}

/** What an outcome means to a script (design §9). */
export function exitOfOutcome(outcome: Pick<RecordedOutcome, 'status'> | null): ExitCode {
  switch (outcome?.status) {
    case 'ok':
    case 'applied':
      return exitCodes.ok;
    case 'refused':
      return exitCodes.refused;
    case 'failed':
    case 'absent':
      return exitCodes.failed;
    default:
      return exitCodes.timedOut;
  }
}

/** Several targets: all well, all not, or some of each. */
export function exitOfAll(codes: readonly ExitCode[]): ExitCode {
  const [first = exitCodes.ok] = codes;
  if (codes.every((code) => code === first)) {
    return first;
  }
  return codes.some((code) => code === exitCodes.ok) ? exitCodes.partial : exitCodes.failed;
}
