/** What is laid beside a chain to prove more than a chain can: what was held outside, and by which keys. */

/** A checkpoint as it was found somewhere. */
export interface HeldNote {
  readonly note: string;
  /** Where: an anchor's name, a file. */
  readonly anchor: string;
  /** When it came there, by that place's own clock in epoch milliseconds; null where nobody says. */
  readonly at: number | null;
}

/** A `.tlog-proof`, as a text, and where it was found. */
export interface HeldProof {
  readonly proof: string;
  readonly anchor: string;
}

export interface Evidence {
  readonly notes: readonly HeldNote[];
  readonly proofs: readonly HeldProof[];
  /** When each size was anchored, also where its note was not read: gaps are seen in these. */
  readonly times: readonly { readonly at: number; readonly size: number }[];
  /** Public keys that whoever asks trusts; null for those that the ledger itself names. */
  readonly keys: readonly string[] | null;
  /** Places that should hold checkpoints and gave no answer. */
  readonly unreachable: readonly { readonly anchor: string; readonly message: string }[];
  /** Seconds that may pass between two checkpoints; null where nobody promised any. */
  readonly heartbeat: number | null;
  /** Seconds that the newest entries may rest on the store alone. */
  readonly allowedTail: number;
  /** Epoch milliseconds; null to measure the tail by its own last entry. */
  readonly now: number | null;
  /** Gaps before then are told, and do not count. */
  readonly since: number | null;
}

export const noEvidence: Evidence = {
  notes: [],
  proofs: [],
  times: [],
  keys: null,
  unreachable: [],
  heartbeat: null,
  allowedTail: 900,
  now: null,
  since: null,
};
