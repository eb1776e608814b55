import { setTimeout as pause } from 'node:timers/promises';
import type { LeaseBook, LeaseRecord } from '#systems/kubernetes/lease.ts';
import type { Clock } from '#text/clock.ts';

/** As client-go's leader election: who has not renewed for `leaseMs` may be replaced, and has itself stopped after `deadlineMs`. */
export interface Tempo {
  readonly leaseMs: number;
  readonly deadlineMs: number;
  readonly renewMs: number;
}

export const usualTempo: Tempo = { leaseMs: 15_000, deadlineMs: 10_000, renewMs: 3_000 };

export interface LeadOptions {
  readonly book: LeaseBook;
  /** Another one for each process. */
  readonly identity: string;
  readonly clock: Clock;
  readonly tempo?: Tempo;
  readonly signal: AbortSignal;
  /** A word on the Lease: what was tried and failed. */
  readonly onFault: (words: string) => void;
  /** What was last seen to hold it. */
  readonly onSeen?: (holder: string) => void;
}

/**
 * Waits until this process holds the Lease, then works. The signal that the work is given is aborted before anybody else may lead: when the
 * Lease could not be renewed in time, or is another's. Returns `lost` then, `stopped` when it was asked to stop.
 */
export async function lead(
  options: LeadOptions,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<'stopped' | 'lost'> {
  const held = await acquired(options);
  if (held === null) {
    return 'stopped';
  }
  const lost = new AbortController();
  const done = new AbortController();
  const renewing = renew(held, options, lost, done.signal);
  try {
    await work(AbortSignal.any([options.signal, lost.signal]));
  } finally {
    done.abort();
    const last = await renewing;
    if (last !== null && !lost.signal.aborted) {
      await giveBack(last, options);
    }
  }
  return lost.signal.aborted ? 'lost' : 'stopped';
}

interface Observed {
  readonly record: LeaseRecord;
  /** When we first saw it so, by our own clock: the holder's clock is nothing to go by. */
  readonly at: number;
}

async function acquired(options: LeadOptions): Promise<LeaseRecord | null> {
  const { book, clock, signal, onFault, onSeen, tempo = usualTempo } = options;
  let seen: Observed | null = null;
  while (!signal.aborted) {
    try {
      const record = await book.read();
      if (record === null || record.renewedAt !== seen?.record.renewedAt || record.holder !== seen.record.holder) {
        seen = record === null ? null : { record, at: clock.monotonic() };
      }
      onSeen?.(record?.holder ?? '');
      const isFree =
        seen === null ||
        seen.record.holder === '' ||
        seen.record.holder === options.identity ||
        clock.monotonic() - seen.at > seen.record.seconds * 1000;
      if (isFree) {
        const now = instant(clock);
        const transitions = record === null ? 0 : record.transitions + (record.holder === options.identity ? 0 : 1);
        const fields = {
          holder: options.identity,
          seconds: Math.ceil(tempo.leaseMs / 1000),
          renewedAt: now,
          acquiredAt: now,
        };
        const written = await book.write({ ...fields, transitions }, record);
        if (written !== 'taken') {
          return written;
        }
      }
    } catch (error) {
      onFault(error instanceof Error ? error.message : String(error));
    }
    await waited(tempo.renewMs, signal);
  }
  return null;
}

/** Resolves with what is held when told that the work is done; null once it is lost. */
async function renew(
  held: LeaseRecord,
  options: LeadOptions,
  lost: AbortController,
  done: AbortSignal,
): Promise<LeaseRecord | null> {
  const { book, clock, onFault, tempo = usualTempo } = options;
  let current = held;
  let renewedAt = clock.monotonic();
  // A server that hangs must not keep us from stopping in time.
  const fuse = setInterval(
    () => {
      if (clock.monotonic() - renewedAt > tempo.deadlineMs) {
        lost.abort(new Error('the Lease could not be renewed in time'));
      }
    },
    Math.min(250, tempo.renewMs),
  );
  try {
    while (!done.aborted && !lost.signal.aborted) {
      await waited(tempo.renewMs, AbortSignal.any([done, lost.signal]));
      if (done.aborted || lost.signal.aborted) {
        break;
      }
      const startedAt = clock.monotonic();
      try {
        const written = await book.write({ ...current, renewedAt: instant(clock) }, current);
        if (written === 'taken') {
          const now = await book.read();
          if (now === null || now.holder !== options.identity) {
            lost.abort(new Error(`${now?.holder || 'nobody'} holds the Lease now`));
            return null;
          }
          current = now;
        } else {
          current = written;
          // From before it was sent: others count from when they see it, which is later.
          renewedAt = startedAt;
        }
      } catch (error) {
        onFault(error instanceof Error ? error.message : String(error));
      }
    }
    return lost.signal.aborted ? null : current;
  } finally {
    clearInterval(fuse);
  }
}

/** So that the next one need not wait for it to run out. */
async function giveBack(held: LeaseRecord, { book, clock, onFault }: LeadOptions): Promise<void> {
  try {
    await book.write({ ...held, holder: '', seconds: 1, renewedAt: instant(clock) }, held);
  } catch (error) {
    onFault(error instanceof Error ? error.message : String(error));
  }
}

/** MicroTime. */
function instant(clock: Clock): string {
  return new Date(clock.now()).toISOString().replace('Z', '000Z');
}

async function waited(ms: number, signal: AbortSignal): Promise<void> {
  await pause(ms, undefined, { signal }).catch(() => undefined);
}
