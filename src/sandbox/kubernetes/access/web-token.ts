import { createHash, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';

/** What a ServiceAccount's token says (facts: kubernetes-verified.md §1). */
export interface Claims {
  readonly aud: readonly string[];
  readonly exp: number;
  readonly iat: number;
  readonly iss: string;
  readonly jti: string;
  readonly 'kubernetes.io': {
    readonly namespace: string;
    readonly serviceaccount: Named;
    readonly secret?: Named;
    readonly pod?: Named;
    readonly node?: Named;
  };
  readonly nbf: number;
  readonly sub: string;
}

/** What the token in a Secret of type `kubernetes.io/service-account-token` says: no end, and no id. */
export interface LastingClaims {
  readonly iss: 'kubernetes/serviceaccount';
  readonly 'kubernetes.io/serviceaccount/namespace': string;
  readonly 'kubernetes.io/serviceaccount/secret.name': string;
  readonly 'kubernetes.io/serviceaccount/service-account.name': string;
  readonly 'kubernetes.io/serviceaccount/service-account.uid': string;
  readonly sub: string;
}

export interface Named {
  readonly name: string;
  readonly uid: string;
}

/** Signs and checks JSON web tokens with a key of its own: ES256, as an API server with an elliptic key does. */
export class TokenSigner {
  readonly #private: KeyObject;
  readonly #public: KeyObject;
  readonly #header: string;

  constructor() {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    this.#private = privateKey;
    this.#public = publicKey;
    const kid = createHash('sha256')
      .update(publicKey.export({ type: 'spki', format: 'der' }))
      .digest('base64url');
    this.#header = encoded({ alg: 'ES256', kid });
  }

  sign(claims: Claims | LastingClaims): string {
    const content = `${this.#header}.${encoded(claims)}`;
    const signature = sign('sha256', Buffer.from(content), { key: this.#private, dsaEncoding: 'ieee-p1363' });
    return `${content}.${signature.toString('base64url')}`;
  }

  /** The claims of a token that this key signed; undefined for any other text. */
  verified(token: string): Claims | LastingClaims | undefined {
    const [header, payload = '', signature = '', ...rest] = token.split('.');
    if (header !== this.#header || rest.length > 0) {
      return undefined;
    }
    const key = { key: this.#public, dsaEncoding: 'ieee-p1363' } as const;
    const isOurs = verify('sha256', Buffer.from(`${header}.${payload}`), key, Buffer.from(signature, 'base64url'));
    return isOurs ? (JSON.parse(Buffer.from(payload, 'base64url').toString()) as Claims | LastingClaims) : undefined;
  }
}

function encoded(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
