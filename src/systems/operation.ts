declare const made: unique symbol;

/**
 * The licence to write. Every write function of a system takes one; only `perform` (src/actions/perform.ts) makes one,
 * after plan, policy, confirmation and record, so that a write outside that path does not compile (design §4).
 */
export interface Operation {
  readonly [made]: true;
  /** ULID; in the ledger, on the target and in every message. */
  readonly id: string;
  readonly action: string;
}
