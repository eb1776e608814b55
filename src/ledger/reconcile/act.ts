/** One act as the log of the system it was done on tells it: nobody's word but that system's. */
export interface Act {
  readonly system: 'kubernetes' | 'postgres';
  /** `use`: it changed nothing, and an account that was made for a grant was used for it. */
  readonly kind: 'write' | 'use';
  /** Epoch milliseconds, by the system's clock. */
  readonly at: number;
  /** The operation that the act names; a client may name what it likes. */
  readonly operation: string | null;
  /** The grant that the account was made for; the system's own word. */
  readonly grant: string | null;
  readonly who: string;
  /** What was presented: `JTI=…`, `X509SHA256=…`; null where the log does not say. */
  readonly credential: string | null;
  /** What this act issued. */
  readonly issued: string | null;
  /** The address nearest to the system: the others can be set by the client (facts: access-audit.md §2.1). */
  readonly from: string | null;
  /** Null where there is none. */
  readonly namespace: string | null;
  /** `patch deployments/odoo-web/scale in maple-toys`. */
  readonly what: string;
  readonly result: 'done' | 'refused' | 'unknown';
  /** It says of itself that till did it, whoever it was. */
  readonly claimsTill: boolean;
  /** Line of the log, from 1. */
  readonly line: number;
}

/** What a log turned out to hold. */
export interface Coverage {
  readonly log: string;
  readonly system: Act['system'];
  /** Epoch milliseconds of its first and last event; null when it has none. */
  readonly first: number | null;
  readonly last: number | null;
  readonly events: number;
  /** Lines that could not be understood: what they tell is not known. */
  readonly unreadable: number;
  /** Seconds: the longest time in it without any event. */
  readonly longestSilence: number;
}

/** Crockford's digits: an operation's id, whoever wrote it in which case. */
const ulid = /^[0-9A-HJKMNP-TV-Z]{26}$/i;

export function operationIn(text: string | undefined): string | null {
  return text !== undefined && ulid.test(text) ? text.toUpperCase() : null;
}

/** The grant that an account was made for: `till-g-<id>`, `till_g_<id>`. */
export function grantOfAccount(name: string): string | null {
  const [, id] = /^till[-_]g[-_]([0-9a-hjkmnp-tv-z]{26})(?:$|[-.])/i.exec(name) ?? [];
  return id?.toUpperCase() ?? null;
}
