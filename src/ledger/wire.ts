/**
 * What passes between an operation's worker and whoever watches it, beside the chain: nobody will ever ask for it. A ledger on a
 * server carries it, so that worker and watcher need no disk in common; beside a file they have one (src/actions/progress.ts).
 */
export interface Wire {
  /** Tells how far it is, null for nothing new; answers who has asked it to stop. Only the process that runs it may. */
  tell(operation: string, told: Told | null): Promise<StopAsked | null>;
  /** Asks it to end between two steps; false when it is not open. */
  askStop(operation: string): Promise<boolean>;
  /** As of the last `state()`; null for one that is not open. */
  of(operation: string): Wired | null;
}

export interface Wired {
  /** The Job that runs it, or that it was handed to; null for one that runs in a worker of some host. */
  readonly job: string | null;
  /** False: its Job has not taken it over yet. */
  readonly hasBegun: boolean;
  readonly told: Told | null;
  readonly stop: StopAsked | null;
}

export interface Told {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly words: string;
  readonly done: number | null;
  readonly of: number | null;
  /** What `done` and `of` count; left out: steps, pods and the like. */
  readonly unit?: 'bytes';
}

export interface StopAsked {
  readonly by: string;
  /** RFC 3339. */
  readonly at: string;
}

/** Who runs an operation next: a Job, which may take minutes to begin. */
export interface Handover {
  readonly job: string;
  readonly graceMs: number;
}
