import type { Grant, Review } from '#ledger/access/grant.ts';
import type { Demand } from '#ledger/access/rules.ts';
import type { Standing as Who } from '#ledger/access/standing.ts';
import type { LedgerEntry } from '#ledger/entry.ts';
import type { LedgerState } from '#ledger/state.ts';
import type { AccessForm } from './access-form.ts';

/** What access is judged by, but for the time, which goes on by itself: all of it is judged anew in every frame. */
export interface AccessStanding {
  readonly state: LedgerState;
  readonly who: Who;
  /** What has to be added to this host's clock to have the ledger's. */
  readonly offsetMs: number;
}

/** What the console does about grants. Each deed pins the grant as it was shown. */
export type AccessDeed =
  | { readonly kind: 'request' | 'break-glass'; readonly wish: AccessWish }
  | { readonly kind: 'extend'; readonly grant: Grant; readonly wish: AccessWish }
  | { readonly kind: 'approve'; readonly grant: Grant; readonly group: string }
  | { readonly kind: EndingWord | 'activate'; readonly grant: Grant }
  | { readonly kind: 'review'; readonly grant: Grant; readonly verdict: Review['verdict'] }
  | { readonly kind: 'lock' | 'unlock'; readonly person: string };

export type EndingWord = 'deny' | 'withdraw' | 'end' | 'revoke';

/** What would be asked for, every glob frozen into names, and what the policy demands for it. */
export interface AccessWish {
  readonly tenants: readonly string[];
  readonly actions: readonly string[];
  readonly seconds: number;
  readonly reason: string;
  readonly ticket: string | null;
  /** Only the plan with this digest, once. */
  readonly plan: string | null;
  /** Null where no policy is in force. */
  readonly demand: Demand | null;
}

export interface AccessDone {
  readonly words: string;
  readonly tone: 'good' | 'bad' | 'said';
  /** The grant that it was about; null for a lock. */
  readonly grant: string | null;
}

/** What the ledger has about one grant besides its state. */
export interface GrantStory {
  /** What the plan that it is for would do, a line each; null when no such plan was recorded. */
  readonly plan: readonly string[] | null;
  /** Oldest first: its own entries, and what was done under it. */
  readonly entries: readonly LedgerEntry[];
}

export interface AccessPort {
  /** A line as on the command line, `request --for 30m --tenants maple-toys …`, as far as it says something. */
  form(line: string): AccessForm;
  /** What a filled form asks for. Rejects with a TillError that says what is missing or unknown. */
  wish(form: AccessForm): Promise<AccessWish>;
  /** `said` is the reason, comment or note that was given with it. */
  perform(deed: AccessDeed, said: string | null): Promise<AccessDone>;
  story(grant: Grant): Promise<GrantStory>;
}
