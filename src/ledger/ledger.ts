import type { FollowingDraft, IntentDraft } from './draft.ts';
import type { Actor, LedgerEntry, OutcomeStatus } from './entry.ts';
import type { LeaseBook, LeaseKeeper } from './leases.ts';
import type { Filter, ReadOptions } from './query.ts';
import type { LedgerState, OpenOperation } from './state.ts';
import type { Verification, VerifyOptions } from './verify.ts';
import type { Handover, Wire } from './wire.ts';

/** Why something may not be done: who or what says no, until when, and the way out (design §4). */
export interface Refusal {
  /** Who or what refuses: `freeze black-week`, `operation 01J…`. */
  readonly by: string;
  /** One machine word in kebab-case. */
  readonly reason: string;
  readonly message: string;
  /** RFC 3339 in UTC; null when it does not end by itself. */
  readonly until: string | null;
  readonly wayOut: string | null;
}

/** Judges against the state as it is at the moment of writing, in the same critical section. Must not wait for anything. */
export type Unless = (state: LedgerState) => Refusal | null;

export interface AppendOptions {
  readonly unless?: Unless;
  /** A worker will take the operation over, for some seconds; or a Job: so long it counts as live though this process has ended. */
  readonly handover?: boolean | Handover;
}

/** It is on disk. */
export interface Recorded {
  readonly status: 'appended';
  readonly entry: LedgerEntry;
}

export type Appended =
  | Recorded
  /** `unless` said no; that is on disk, in place of the intent. */
  | { readonly status: 'refused'; readonly refusal: Refusal; readonly entry: LedgerEntry }
  /** The idempotency key was used before for the same request: this is the operation that it began. */
  | { readonly status: 'repeated'; readonly operation: string; readonly outcome: OutcomeStatus | null };

/** Who the store takes us for, and what its clock shows: access is judged by these, whatever this host says. */
export interface Presence {
  readonly actor: Actor;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** Who hands an operation over: the process that began it; or the Job that we are, whatever began it. */
export interface From {
  readonly pid?: number;
  readonly job?: string;
}

export interface Ledger {
  /** A new operation's id. */
  newId(): string;

  /**
   * Records, durably, and resolves only then. An intent also takes the operation's lease for this process. Rejects with a
   * TillError when nothing could be recorded; then nothing may be done.
   */
  append(draft: IntentDraft, options?: AppendOptions): Promise<Appended>;
  append(draft: FollowingDraft): Promise<Recorded>;

  /** Several at once, with nothing of others in between. */
  appendAll(drafts: readonly FollowingDraft[]): Promise<readonly LedgerEntry[]>;

  /** What the entries amount to now. Reads only what is new. */
  state(): Promise<LedgerState>;

  /** Asked anew each time: a measured difference of clocks is only as good as it is fresh. */
  presence(): Promise<Presence>;

  /** Oldest first. */
  entries(filter?: Filter, options?: ReadOptions): AsyncIterable<LedgerEntry>;
  /** Newest first, read from the file's end. */
  newest(filter?: Filter, options?: ReadOptions): AsyncIterable<LedgerEntry>;
  /** Those that come from now on, until the signal; with `fromSeq` those that are there from that one on come first. */
  follow(filter: Filter, options: ReadOptions & { readonly signal: AbortSignal }): AsyncIterable<LedgerEntry>;

  /** Records, once in this ledger's life, that somebody read it. Null when recorded; else why it could not be. */
  recordReading(what: string, filter?: Filter): Promise<string | null>;

  readonly leases: LeaseBook;
  /** Where worker and watcher may be on different hosts. */
  readonly wire?: Wire;
  /** Makes this process the one that runs an open operation, and keeps the lease alive; refused while another runs it. */
  takeOver(operation: string, from?: From): Promise<LeaseKeeper>;
  /** Open operations whose process is gone: to be looked up on their targets and ended as `reconciled`. */
  lapsed(): Promise<readonly OpenOperation[]>;

  /**
   * The lines themselves, a line break after each: all, or those after an entry, whose line ends at `offset` in a file.
   * Rejects with a TillError when that entry is not there with that hash.
   */
  bytes(after: { readonly seq: number; readonly hash: string; readonly offset: number } | null): AsyncIterable<Buffer>;

  /** Takes out what the newest record of a prune has released, and nothing else; how many entries. Goes on after a crash. */
  removePruned(): Promise<number>;

  verify(options?: VerifyOptions): Promise<Verification>;
  /** Goes on with a ledger that does not hold, and records what did not. Refused while it holds. */
  acknowledge(reason: string): Promise<LedgerEntry>;

  close(): Promise<void>;
}
