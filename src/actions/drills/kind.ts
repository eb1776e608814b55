import type { JsonObject } from '#ledger/canonical.ts';
import type { Action } from '../action.ts';

/** What `till drill` was asked for, whichever kind it is. */
export type DrillParams = JsonObject & {
  readonly kind: string;
  /** Restore: this backup, not the newest. */
  readonly from: string | null;
  /** So many of the chosen, those whose last proof is oldest. */
  readonly oldestProof: number | null;
  /** Failover: who takes over, and whether it is switched back afterwards. */
  readonly to: string | null;
  readonly return: boolean;
};

/** One kind of drill: its part of the action `drill`. */
export type DrillOfKind = Pick<Action<DrillParams>, 'plan' | 'steps' | 'verify'> &
  Required<Pick<Action<DrillParams>, 'find'>> &
  Pick<Action<DrillParams>, 'choose'>;
