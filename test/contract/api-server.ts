import type { ApiClient } from './client.ts';

/** An API server under contract: the sandbox's own, or a real one. Both are asked only through this. */
export interface ApiServer {
  readonly name: string;
  /** For clients that take a file, such as kubectl: the administrator's. */
  readonly kubeconfigPath: string;
  /** The log of its requests, at level Metadata. */
  readonly auditLogPath: string;
  /** Member of `system:masters`, by client certificate. */
  readonly admin: ApiClient;
  /** `viewer`, by token; has what the contract's roles give to user `viewer`. */
  readonly viewer: ApiClient;
  /** `nobody`, by token; known and allowed nothing. */
  readonly nobody: ApiClient;
  /** Sends no credentials at all. */
  readonly anonymous: ApiClient;
  /** Sends a token that nobody gave out. */
  readonly stranger: ApiClient;
  /** Makes the server forget what was before now, so that old versions and pages are refused. */
  compact(): Promise<void>;
  stop(): Promise<void>;
}
