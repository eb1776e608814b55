import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Http2ServerRequest } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import type { Clock } from '#text/clock.ts';
import { unauthorized } from '../api/status.ts';
import { issuer, type Judged, type ServiceAccountTokens } from './service-accounts.ts';

/** Who sends a request, as the authenticators of a real server describe it. */
export interface Identity {
  readonly name: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

export const anonymous: Identity = { name: 'system:anonymous', groups: ['system:unauthenticated'] };

/** A token that was believed once is believed for this long, whatever happens meanwhile (facts: kubernetes-verified.md §1). */
const cacheMs = 10_000;

/** Client certificates of the sandbox's authority, bearer tokens that were given out, and those of ServiceAccounts. */
export class Authenticator {
  readonly #clock: Clock;
  readonly #accounts: ServiceAccountTokens;
  readonly #tokens = new Map<string, Identity>();
  readonly #bySocket = new WeakMap<TLSSocket, Identity>();
  /** In the order of their ends. */
  readonly #believed = new Map<string, { readonly judged: Judged; readonly until: number }>();

  constructor(clock: Clock, accounts: ServiceAccountTokens) {
    this.#clock = clock;
    this.#accounts = accounts;
  }

  issueToken(name: string, groups: readonly string[] = []): string {
    const token = randomBytes(24).toString('base64url');
    this.#tokens.set(token, { name, groups: [...groups, 'system:authenticated'] });
    return token;
  }

  revokeToken(token: string): void {
    this.#tokens.delete(token);
  }

  /** Throws 401 for a token or certificate that is not ours; nothing at all is `system:anonymous`, as on a real server. */
  identify(request: IncomingMessage | Http2ServerRequest): Identity {
    const socket = ('stream' in request ? request.stream.session?.socket : request.socket) as TLSSocket | undefined;
    const certified = socket === undefined ? undefined : this.#certified(socket);
    if (certified !== undefined) {
      return certified;
    }
    const { authorization } = request.headers;
    if (authorization === undefined) {
      return anonymous;
    }
    const token = /^Bearer\s+(\S+)$/i.exec(authorization)?.[1] ?? '';
    const known = this.#tokens.get(token);
    if (known !== undefined) {
      return known;
    }
    const judged = this.#judged(token, [issuer]);
    if (typeof judged !== 'object') {
      throw unauthorized();
    }
    return judged.identity;
  }

  /** What a TokenReview is told: who it is, or why not. */
  review(token: string, audiences: readonly string[]): Judged | string {
    const known = audiences.includes(issuer) ? this.#tokens.get(token) : undefined;
    if (known !== undefined) {
      return { identity: known, audiences: [issuer] };
    }
    const judged = this.#judged(token, audiences);
    if (typeof judged === 'object') {
      return judged;
    }
    return judged === undefined ? 'invalid bearer token' : `[invalid bearer token, ${judged}]`;
  }

  /** As the accounts judge it, or did within the last seconds for the same audiences. */
  #judged(token: string, audiences: readonly string[]): Judged | string | undefined {
    const now = this.#clock.monotonic();
    const id = [token, ...audiences].join(' ');
    const known = this.#believed.get(id);
    if (known !== undefined && now < known.until) {
      return known.judged;
    }
    const judged = this.#accounts.judge(token, audiences);
    for (const [each, { until }] of this.#believed) {
      if (now < until) {
        break;
      }
      this.#believed.delete(each);
    }
    if (typeof judged === 'object') {
      this.#believed.set(id, { judged, until: now + cacheMs });
    }
    return judged;
  }

  /** A handshake is judged once, not at every request. */
  #certified(socket: TLSSocket): Identity | undefined {
    const known = this.#bySocket.get(socket);
    if (known !== undefined) {
      return known;
    }
    const certificate = socket.getPeerX509Certificate?.();
    if (certificate === undefined) {
      return undefined;
    }
    if (!socket.authorized) {
      throw unauthorized();
    }
    const subject = new Map<string, string[]>();
    for (const line of certificate.subject.split('\n')) {
      const [field = '', ...value] = line.split('=');
      subject.set(field, [...(subject.get(field) ?? []), value.join('=')]);
    }
    const identity: Identity = {
      name: subject.get('CN')?.[0] ?? '',
      groups: [...(subject.get('O') ?? []), 'system:authenticated'],
      extra: {
        'authentication.kubernetes.io/credential-id': [
          `X509SHA256=${certificate.fingerprint256.replaceAll(':', '').toLowerCase()}`,
        ],
      },
    };
    this.#bySocket.set(socket, identity);
    return identity;
  }
}
