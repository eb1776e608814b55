import { randomUUID } from 'node:crypto';
import type { Clock } from '#text/clock.ts';
import type { Store } from '../store/store.ts';
import type { StoredObject } from '../types.ts';
import type { Identity } from './identity.ts';
import { type Claims, type LastingClaims, type Named, TokenSigner } from './web-token.ts';

/** The audience of the API server itself, and who signs: what a real server calls its issuer. */
export const issuer = 'https://kubernetes.default.svc';

/** After its end, and after the deletion of what it is bound to was asked for, a token is still believed for this long. */
const leewaySeconds = 60;

export interface Minted {
  readonly token: string;
  readonly credentialId: string;
  /** Epoch seconds. */
  readonly expires: number;
}

export interface Mint {
  readonly account: StoredObject;
  readonly audiences: readonly string[];
  readonly expirationSeconds: number;
  readonly bound?: { readonly kind: 'secret' | 'pod' | 'node'; readonly object: StoredObject };
  /** A pod's node goes into the token with it. */
  readonly node?: Named;
}

/** Whom a token is believed to be of, and which of the audiences asked for it is meant for. */
export interface Judged {
  readonly identity: Identity;
  readonly audiences: readonly string[];
}

/** Tokens of ServiceAccounts: given out, and judged by the objects that stand behind them at this moment. */
export class ServiceAccountTokens {
  readonly #signer = new TokenSigner();
  readonly #store: Store;
  readonly #clock: Clock;

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  mint({ account, audiences, expirationSeconds, bound, node }: Mint): Minted {
    const { name, namespace = '', uid } = account.metadata;
    const now = Math.floor(this.#clock.now() / 1000);
    const jti = randomUUID();
    const token = this.#signer.sign({
      aud: audiences,
      exp: now + expirationSeconds,
      iat: now,
      iss: issuer,
      jti,
      'kubernetes.io': {
        namespace,
        ...(node === undefined ? {} : { node }),
        ...(bound === undefined ? {} : { [bound.kind]: named(bound.object) }),
        serviceaccount: { name, uid },
      },
      nbf: now,
      sub: `system:serviceaccount:${namespace}:${name}`,
    });
    return { token, credentialId: `JTI=${jti}`, expires: now + expirationSeconds };
  }

  /** The token of a Secret: it lasts as long as the Secret and the ServiceAccount do. */
  lasting({ metadata: { name, namespace = '', uid } }: StoredObject, secret: string): string {
    return this.#signer.sign({
      iss: 'kubernetes/serviceaccount',
      'kubernetes.io/serviceaccount/namespace': namespace,
      'kubernetes.io/serviceaccount/secret.name': secret,
      'kubernetes.io/serviceaccount/service-account.name': name,
      'kubernetes.io/serviceaccount/service-account.uid': uid,
      sub: `system:serviceaccount:${namespace}:${name}`,
    });
  }

  /** Who a token is for one of these audiences; a reason why not; undefined for what is no token of ours. */
  judge(token: string, audiences: readonly string[]): Judged | string | undefined {
    const claims = this.#signer.verified(token);
    if (claims === undefined) {
      return undefined;
    }
    if (!('exp' in claims)) {
      return this.#judgeLasting(token, claims, audiences);
    }
    const now = this.#clock.now() / 1000;
    if (now > claims.exp + leewaySeconds) {
      return 'service account token has expired';
    }
    const meant = audiences.filter((audience) => claims.aud.includes(audience));
    if (meant.length === 0) {
      return `token audiences ${quoted(claims.aud)} is invalid for the target audiences ${quoted(audiences)}`;
    }
    return this.#missing(claims) ?? { identity: identityOf(claims), audiences: meant };
  }

  #judgeLasting(token: string, claims: LastingClaims, audiences: readonly string[]): Judged | string {
    const namespace = claims['kubernetes.io/serviceaccount/namespace'];
    const uid = claims['kubernetes.io/serviceaccount/service-account.uid'];
    const name = claims['kubernetes.io/serviceaccount/service-account.name'];
    const secrets = this.#store.kinds.of('v1', 'Secret');
    const secret = secrets && this.#store.get(secrets, namespace, claims['kubernetes.io/serviceaccount/secret.name']);
    const data = (secret?.['data'] ?? {}) as Readonly<Record<string, string>>;
    const isHeld = data['token'] === Buffer.from(token).toString('base64');
    if (!isHeld || !audiences.includes(issuer) || !this.#isThere('ServiceAccount', { name, uid }, namespace)) {
      return 'service account token has been invalidated';
    }
    return { identity: { name: claims.sub, uid, groups: groupsOf(namespace) }, audiences: [issuer] };
  }

  /** The object behind the token that is gone, or is another one of the same name (facts: kubernetes-verified.md §1). */
  #missing({ 'kubernetes.io': { namespace, serviceaccount, secret, pod, node } }: Claims): string | undefined {
    const behind: readonly (readonly [kind: string, object: Named | undefined, namespace: string | undefined])[] = [
      ['ServiceAccount', serviceaccount, namespace],
      ['Secret', secret, namespace],
      ['Pod', pod, namespace],
      // The node of a pod may go before its pod does; only what the token is bound to counts.
      ['Node', pod === undefined ? node : undefined, undefined],
    ];
    const gone = behind.find(([kind, object, where]) => object !== undefined && !this.#isThere(kind, object, where));
    return gone === undefined ? undefined : 'service account token has been invalidated';
  }

  #isThere(kindName: string, { name, uid }: Named, namespace: string | undefined): boolean {
    const kind = this.#store.kinds.of('v1', kindName);
    const object = kind === undefined ? undefined : this.#store.get(kind, namespace, name);
    if (object === undefined || object.metadata.uid !== uid) {
      return false;
    }
    const { deletionTimestamp } = object.metadata;
    return (
      typeof deletionTimestamp !== 'string' || this.#clock.now() <= Date.parse(deletionTimestamp) + leewaySeconds * 1000
    );
  }
}

function identityOf({ sub, jti, 'kubernetes.io': { namespace, serviceaccount, pod, node } }: Claims): Identity {
  const about = (what: string, object: Named | undefined): object =>
    object === undefined
      ? {}
      : {
          [`authentication.kubernetes.io/${what}-name`]: [object.name],
          [`authentication.kubernetes.io/${what}-uid`]: [object.uid],
        };
  return {
    name: sub,
    uid: serviceaccount.uid,
    groups: groupsOf(namespace),
    extra: {
      'authentication.kubernetes.io/credential-id': [`JTI=${jti}`],
      ...about('node', node),
      ...about('pod', pod),
    },
  };
}

function groupsOf(namespace: string): readonly string[] {
  return ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'];
}

export function named({ metadata: { name, uid } }: StoredObject): Named {
  return { name, uid };
}

/** As Go prints a list of texts with `%q`. */
export function quoted(texts: readonly string[]): string {
  return `[${texts.map((each) => JSON.stringify(each)).join(' ')}]`;
}
