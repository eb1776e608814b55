import type { Flag } from '#grammar/command.ts';
import type { LedgerEntry, Severity } from '#ledger/entry.ts';
import type { Refusal } from '#ledger/ledger.ts';
import type { Confirmation } from '#policy/confirm.ts';

import type { Freedom } from '../freedom.ts';
import type { OperationRow } from '../operation-rows.ts';
import type { Danger, Plan } from '../plan.ts';
import type { AccessPort, AccessStanding } from './access-port.ts';
import type { BackupsPort } from './backups-port.ts';

export type { OperationRow } from '../operation-rows.ts';

/** What the console may do besides looking: every way through it is the one path of design §4. */
export interface Desk {
  /** What an action takes, for completion and for a key that has to ask first. Loads its definition. */
  shapeOf(action: string): Promise<ActionShape>;
  /** A line as on the command line, without `till`: `scale maple-toys --web 6`. Rejects with a TillError. */
  plan(line: string): Promise<Planned>;
  /** The way back from an operation, planned like anything else. Rejects with a TillError where there is none. */
  planUndo(operation: string): Promise<Planned>;
  /** Asks the API server about every plan that nothing stands in the way of, writing nothing; what it refuses blocks. */
  check(planned: Planned): Promise<Planned>;
  /** Records that what nothing of can be done was asked for, with who says no. Rejects where that cannot be recorded. */
  recordRefused(planned: Planned): Promise<void>;
  /** Begins what was agreed to; resolves when the first of it runs or was refused. */
  perform(planned: Planned, circumstances: { readonly reason: string | null }): Promise<Performed>;
  /** Asks a running operation to end between two steps. */
  stop(operation: string): Promise<void>;
  /** Newest first; at most `limit`. With an operation, its entries alone. */
  entries(wanted: { readonly operation: string | null; readonly limit: number }): Promise<readonly LedgerEntry[]>;
  /** What the ledger amounts to, now and whenever that changes. Returns the way to stop. */
  follow(listener: (standing: Standing) => void): () => void;
  /** Asking for access, deciding about it, taking it away. */
  readonly access: AccessPort;
  /** Which backups there are, and how each tenant stands. */
  readonly backups: BackupsPort;
}

/** What is known of an action without loading it. */
export interface ActionFacts {
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  readonly danger: Danger;
  readonly target: 'tenants' | 'estate';
  readonly key: string | null;
  readonly free: Freedom;
}

export interface ActionShape {
  readonly words: readonly { readonly name: string; readonly choices: readonly string[] }[];
  readonly flags: readonly Flag[];
  /** What has to be typed before it can be planned, as the line goes on: `--web `; null when nothing has to. */
  readonly asks: string | null;
}

export interface Planned {
  readonly title: string;
  /** One for each tenant; one for an action on the estate. */
  readonly plans: readonly Plan[];
  /** A reason has to be given before it can begin. */
  readonly needsReason: boolean;
  /** What was given with the line. */
  readonly reason: string | null;
  readonly ticket: string | null;
  readonly incident: string | null;
  /** For those of the plans that nothing stands in the way of; null when there are none. */
  readonly confirmation: Confirmation | null;
  /** The line that leads to the grant that is missing: `till access request …`; null when none is. */
  readonly wayToGrant: string | null;
}

export type Performed =
  | { readonly status: 'begun'; readonly operation: string }
  | { readonly status: 'refused'; readonly operation: string; readonly refusal: Refusal };

/** The ledger's state as the screen shows it. */
export interface Standing {
  readonly running: readonly OperationRow[];
  /** Newest first. */
  readonly ended: readonly OperationRow[];
  readonly incidents: readonly OpenIncidentRow[];
  readonly freezes: readonly FreezeRow[];
  /** Why the ledger could not be read; null when it could. */
  readonly failure: string | null;
  /** It is on a server that cannot be reached: only what takes away goes on (design §6). */
  readonly isAway: boolean;
  /** As it was known last; null until it was. */
  readonly access: AccessStanding | null;
}

export interface OpenIncidentRow {
  readonly incident: string;
  readonly name: string;
  readonly severity: Severity;
  readonly tenants: readonly string[];
}

export interface FreezeRow {
  readonly name: string;
  readonly until: string;
  readonly reason: string | null;
  readonly allows: readonly string[];
  /** Those of the estate's tenants that it covers. */
  readonly tenants: readonly string[];
}
