import type { Operation } from '../operation.ts';

/** One grant in one namespace. */
export interface GrantPlace {
  readonly namespace: string;
  /** Of the ServiceAccount, and of everything bound to it. */
  readonly account: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface MintedToken {
  readonly token: string;
  /** What the API server's audit log names each use with. */
  readonly jti: string | null;
  /** As the server says, which may shorten what was asked for. */
  readonly expiresAt: string;
}

/** Something of a grant that is there. */
export interface GrantObject {
  readonly kind: 'RoleBinding' | 'ServiceAccount';
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * Makes and takes away what is for one grant alone. Every write may be repeated: what is there already is as good as made,
 * and what is gone as good as taken away. Never a dry run, which would mint a usable token (facts: kubernetes-verified.md §0.5).
 * Throws WriteFailure; `found` throws ReadFailure.
 */
export interface ClusterMinter {
  makeAccount(operation: Operation, place: GrantPlace): Promise<void>;
  bind(
    operation: Operation,
    place: GrantPlace,
    binding: { readonly name: string; readonly role: string },
  ): Promise<void>;
  makeToken(operation: Operation, place: GrantPlace, seconds: number): Promise<MintedToken>;
  /** True when it was there. Refused when something else stands under its name. */
  take(operation: Operation, object: GrantObject): Promise<boolean>;
  /** Sets or takes away one label of a namespace. */
  labelNamespace(operation: Operation, namespace: string, label: string, value: string | null): Promise<void>;
  /** Whether whoever we are there may mint in this namespace; null when the server would not say. */
  mayMint(namespace: string): Promise<boolean | null>;
  /** RoleBindings first: they are the fast switch (facts §0.4). */
  found(labels: Readonly<Record<string, string | null>>, namespace?: string): Promise<readonly GrantObject[]>;
  /** Namespaces that bear the label, with its value. */
  namespacesWith(label: string): Promise<ReadonlyMap<string, string>>;
  close(): Promise<void>;
}
