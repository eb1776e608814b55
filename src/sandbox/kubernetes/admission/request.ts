import type { Identity } from '../access/identity.ts';
import type { Refusal } from '../api/status.ts';
import type { Kind } from '../kinds/kind.ts';
import type { SeedObject, StoredObject } from '../types.ts';

/** What admission is asked to judge, once who asks is known and may. */
export interface AdmissionRequest {
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';
  readonly kind: Kind;
  readonly subresource?: string | undefined;
  readonly namespace?: string | undefined;
  /** Absent where a whole collection is deleted. */
  readonly name?: string | undefined;
  readonly object?: SeedObject | undefined;
  readonly oldObject?: StoredObject | undefined;
  /** `CreateOptions`, `PatchOptions`, … with what the client gave. */
  readonly options?: Readonly<Record<string, unknown>> | undefined;
  readonly who: Identity;
  readonly isDryRun: boolean;
}

/** What admission has to say of a request; a refusal is to be thrown, once the rest is written down. */
export interface Findings {
  readonly refusal?: Refusal | undefined;
  /** For the audit log: `policy/key` to value. */
  readonly annotations: Readonly<Record<string, string>>;
  /** For the `Warning` header. */
  readonly warnings: readonly string[];
}
