import { invalid } from '../api/status.ts';
import type { Kind } from '../kinds/kind.ts';
import type { Store } from '../store/store.ts';
import type { SeedObject, StoredObject } from '../types.ts';
import type { ServiceAccountTokens } from './service-accounts.ts';

const type = 'kubernetes.io/service-account-token';
const account = 'kubernetes.io/service-account.name';
const accountUid = 'kubernetes.io/service-account.uid';

/**
 * Fills Secrets that ask for a token of a ServiceAccount, from now on, as the controller manager does: such a token never ends by
 * itself, which is why till's policies refuse these Secrets (facts: kubernetes-verified.md §0).
 */
export function keepAccountSecrets(store: Store, tokens: ServiceAccountTokens, authority: string): void {
  const secrets = store.kinds.of('v1', 'Secret');
  const accounts = store.kinds.of('v1', 'ServiceAccount');
  if (secrets === undefined || accounts === undefined) {
    return;
  }
  const settle = (namespace: string | undefined, name: string): void => {
    const secret = store.get(secrets, namespace, name);
    if (secret === undefined || secret['type'] !== type) {
      return;
    }
    const { annotations = {} } = secret.metadata;
    const owner = store.get(accounts, namespace, annotations[account] ?? '');
    if (owner === undefined || (annotations[accountUid] ?? owner.metadata.uid) !== owner.metadata.uid) {
      store.delete(secrets, namespace, name);
      return;
    }
    const filled = withToken(secret, owner, tokens, authority);
    if (filled !== secret) {
      store.put(secrets, filled);
    }
  };
  store.onChange(({ type: change, entry: { kind, object } }) => {
    const { namespace, name } = object.metadata;
    if (kind === secrets && change !== 'DELETED') {
      queueMicrotask(() => settle(namespace, name));
    } else if (kind === accounts && change === 'DELETED') {
      const all = store.entries(secrets, namespace).map((each) => each.object.metadata.name);
      queueMicrotask(() => all.map((each) => settle(namespace, each)));
    }
  });
}

/** Throws 422 for a Secret that asks for a token and does not say whose. */
export function refuseOwnerless(kind: Kind, object: SeedObject): void {
  if (object['type'] === type && (object.metadata.annotations?.[account] ?? '') === '') {
    throw invalid(kind.kind, kind.group, object.metadata.name, [
      { reason: 'FieldValueRequired', field: `metadata.annotations[${account}]`, message: 'Required value' },
    ]);
  }
}

function withToken(
  secret: StoredObject,
  owner: StoredObject,
  tokens: ServiceAccountTokens,
  authority: string,
): StoredObject {
  const data = (secret['data'] ?? {}) as Readonly<Record<string, string>>;
  if (data['token'] !== undefined) {
    return secret;
  }
  const { namespace = '', annotations = {}, uid } = owner.metadata;
  const encoded = (text: string): string => Buffer.from(text).toString('base64');
  return {
    ...secret,
    metadata: {
      ...secret.metadata,
      annotations: { ...secret.metadata.annotations, ...annotations, [accountUid]: uid },
    },
    data: {
      ...data,
      'ca.crt': encoded(authority),
      namespace: encoded(namespace),
      token: encoded(tokens.lasting(owner, secret.metadata.name)),
    },
  };
}
