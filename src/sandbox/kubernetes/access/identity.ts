import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Http2ServerRequest } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import { unauthorized } from '../api/status.ts';

/** Who sends a request, as the authenticators of a real server describe it. */
export interface Identity {
  readonly name: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

export const anonymous: Identity = { name: 'system:anonymous', groups: ['system:unauthenticated'] };

/** Client certificates of the sandbox's authority, and bearer tokens that were given out. */
export class Authenticator {
  readonly #tokens = new Map<string, Identity>();
  readonly #bySocket = new WeakMap<TLSSocket, Identity>();

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
    const bearer = this.#tokens.get(/^Bearer\s+(\S+)$/i.exec(authorization)?.[1] ?? '');
    if (bearer === undefined) {
      throw unauthorized();
    }
    return bearer;
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
