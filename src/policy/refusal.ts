/** What stands in the way of an action: who or what says no, why, until when, and the way out (design §4, §9). */
export interface Blocker {
  /** `freeze black-week`, `mode READ-ONLY`, `ResourceQuota maple-toys/compute`, `Argo CD maple-toys`. */
  readonly by: string;
  /** A sentence. */
  readonly reason: string;
  /** RFC 3339 UTC; null when it does not end by itself. */
  readonly until: string | null;
  /** The command or the step that would help; null when there is none. */
  readonly wayOut: string | null;
}

/** A blocker of policy, with the machine word that scripts match. */
export interface PolicyBlocker extends Blocker {
  readonly word:
    | 'freeze'
    | 'read-only'
    | 'environment'
    | 'tier'
    | 'incident'
    | 'headroom'
    | 'owner'
    | 'busy'
    | 'moved'
    | 'reason-missing'
    | 'no-grant'
    | 'locked';
}
