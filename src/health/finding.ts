/** One thing that `doctor` looked at. */
export interface Finding {
  /** `kubernetes/eu-prod`, `postgres/pg-1`, `postgres/pg-1/maple_toys`, `redis/sessions`, `odoo/edge`, `estate`. */
  readonly subject: string;
  /** What was asked, in a word or two: `reached`, `version`, `pg_monitor`, `list pods`. */
  readonly check: string;
  /** `weak` works with less; `missing` cannot be had as things are; `away` could not be reached at all. */
  readonly result: 'ok' | 'weak' | 'missing' | 'away';
  readonly message: string;
  /** Signals that cannot be shown because of it. */
  readonly hides: readonly string[];
  /** What to do about it: a command or a sentence. */
  readonly next: string | null;
}

export function ok(subject: string, check: string, message: string): Finding {
  return { subject, check, result: 'ok', message, hides: [], next: null };
}

export function flaw(
  subject: string,
  check: string,
  result: 'weak' | 'missing' | 'away',
  message: string,
  more: { readonly hides?: readonly string[]; readonly next?: string } = {},
): Finding {
  return { subject, check, result, message, hides: more.hides ?? [], next: more.next ?? null };
}
