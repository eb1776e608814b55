import type { Operation } from '../operation.ts';

export interface GrantUser {
  readonly name: string;
  readonly password: string;
  /** Such as `+client|kill`; whatever is not named is refused. */
  readonly commands: readonly string[];
  /** Patterns; none: no key at all. */
  readonly keys: readonly string[];
}

/**
 * ACL users for one grant alone, on every node: users are not replicated (facts: access-audit.md §4.3). They do not end by
 * themselves; DELUSER also closes their connections. Every write may be repeated. Throws WriteFailure; `found` ReadFailure.
 */
export interface RedisAcl {
  makeUser(operation: Operation, user: GrantUser): Promise<{ readonly nodes: number }>;
  /** True when it was there on any node. */
  endUser(operation: Operation, name: string): Promise<boolean>;
  found(): Promise<readonly string[]>;
  close(): Promise<void>;
}
