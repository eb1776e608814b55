import type { Operation } from '../operation.ts';

export interface GrantLogin {
  readonly name: string;
  readonly password: string;
  /** RFC 3339: no login after it, by the server's own clock. */
  readonly validUntil: string;
  /** Roles without a login, which it inherits. */
  readonly roles: readonly string[];
  /** What stands in its comment, so that a sweep knows whose it is. */
  readonly comment: string;
}

/** Makes and ends logins that are for one grant alone. Every write may be repeated. Throws WriteFailure; `found` ReadFailure. */
export interface PostgresLogins {
  /** Made, or given this password and end where it is there. Says whether the server can forbid SET ROLE (16 and later). */
  makeLogin(operation: Operation, login: GrantLogin): Promise<{ readonly canForbidSetRole: boolean }>;
  /** No new login, no membership, sessions ended, and the role gone. Says how many sessions were ended, and what stayed. */
  endLogin(operation: Operation, name: string): Promise<EndedLogin>;
  /** Logins of grants that are there, with their comments. */
  found(): Promise<readonly { readonly name: string; readonly comment: string | null }[]>;
  close(): Promise<void>;
}

export interface EndedLogin {
  readonly wasThere: boolean;
  readonly sessions: number;
  /** Null when the role is gone; else why it stays, without a login or any right. */
  readonly stays: string | null;
}
