import { setTimeout as pause } from 'node:timers/promises';
import type { LedgerEntry, RecordedOutcome } from '#ledger/entry.ts';
import type { Ledger } from '#ledger/ledger.ts';
import { type ExitCode, exitCodes } from '#text/till-error.ts';
import type { JobEyes } from './executor/job-eyes.ts';
import { mayGoOn } from './executor/may-go-on.ts';
import { type ProgressEvent, progressPath, readProgress } from './progress.ts';
import type { Worker } from './start-worker.ts';

export interface Awaited {
  /** null: the time was up, and the operation goes on; or its process died. */
  readonly outcome: RecordedOutcome | null;
  /** Its process is gone and left it open: to be reconciled. */
  readonly hasDied: boolean;
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
    /** Where this process started it: a worker that never took the operation over leaves no lease to lapse. */
    readonly worker?: Worker;
    /** Looks at the Job of one that runs as such; left out, nobody here can tell how it is. */
    readonly eyes?: JobEyes;
    readonly onProgress?: (event: ProgressEvent) => void;
  },
): Promise<Awaited> {
  const { ledger, ledgerFolder, timeoutMs, now, signal, worker, onProgress } = options;
  const hear = hearing(onProgress);
  const path = progressPath(ledgerFolder, operation);
  const until = timeoutMs === null ? Number.POSITIVE_INFINITY : now() + timeoutMs;
  let offset = 0;
  for (;;) {
    const told = await readProgress(path, offset);
    offset = told.offset;
    for (const event of told.events) {
      onProgress?.(event);
    }
    const hasEnded = worker?.hasEnded() ?? false;
    const open = (await ledger.state()).operations.get(operation);
    if (open === undefined) {
      return await endOf(operation, ledger);
    }
    const wired = ledger.wire?.of(operation) ?? null;
    if (offset === 0) {
      hear(wired?.told ?? null);
    }
    const isSilent = hasEnded || ledger.leases.view(open).life === 'lapsed';
    const look = wired?.job == null || (wired.hasBegun && !isSilent) ? null : await options.eyes?.(operation);
    hear(look?.words == null ? null : { at: Date.now(), words: look.words, done: null, of: null });
    if (isSilent && !mayGoOn(wired, look) && (await ledger.state()).operations.has(operation)) {
      return { outcome: null, entry: null, hasDied: true };
    }
    if (now() >= until || signal.aborted) {
      return { outcome: null, entry: null, hasDied: false };
    }
    await pause(everyMs, undefined, { signal }).catch(() => undefined);
  }
}

/** Tells what is new, once: the server keeps the last word, and we ask more often than it changes. */
function hearing(onProgress?: (event: ProgressEvent) => void) {
  let last = '';
  return (event: ProgressEvent | null): void => {
    const gist = event === null ? last : JSON.stringify([event.words, event.done, event.of]);
    if (event !== null && gist !== last) {
      last = gist;
      onProgress?.(event);
    }
  };
}

async function endOf(operation: string, ledger: Ledger): Promise<Awaited> {
  for await (const entry of ledger.newest({ operation })) {
    if (entry.outcome !== null && entry.phase !== 'step') {
      return { outcome: entry.outcome, entry, hasDied: false };
    }
  }
  return { outcome: null, entry: null, hasDied: false };
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
