/** The contract of the command line (design §9): a number means the same in every command. */
export const exitCodes = {
  ok: 0,
  failed: 1,
  usage: 2,
  checkFalse: 3,
  refused: 4,
  confirmationMissing: 5,
  timedOut: 6,
  unreachable: 7,
  partial: 8,
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

export interface TillErrorFields {
  readonly exit: ExitCode;
  /** One machine word in kebab-case, stable: `unknown-tenant`, `estate-invalid`. */
  readonly reason: string;
  /** What it happened to: a tenant, a file with line and column, a server. */
  readonly target?: string;
  /** What to do next, as a sentence or a command line. */
  readonly next?: string;
  readonly retryable?: boolean;
  /** The operation's id, where one had begun. */
  readonly operation?: string;
  readonly cause?: unknown;
}

/** An error that a user is meant to read: what happened, to what, what to do next, and the exit code. */
export class TillError extends Error {
  readonly exit: ExitCode;
  readonly reason: string;
  readonly target: string | null;
  readonly next: string | null;
  readonly retryable: boolean;
  readonly operation: string | null;

  constructor(message: string, fields: TillErrorFields) {
    super(message, fields.cause === undefined ? undefined : { cause: fields.cause });
    this.name = 'TillError';
    this.exit = fields.exit;
    this.reason = fields.reason;
    this.target = fields.target ?? null;
    this.next = fields.next ?? null;
    this.retryable = fields.retryable ?? false;
    this.operation = fields.operation ?? null;
  }
}
