import { clean } from '#text/clean.ts';
import { ReadFailure } from '../source.ts';
import { object, text } from './foreign.ts';

/** What the API server said no with. */
export class ApiFailure extends ReadFailure {
  readonly status: number;
  /** Milliseconds that the server asks us to wait; null when it does not say. */
  readonly retryAfterMs: number | null;
  /** A policy or a quota says no, to somebody who may. */
  readonly isAdmission: boolean;

  constructor(
    reason: ReadFailure['reason'],
    words: string,
    status: number,
    retryAfterMs: number | null = null,
    isAdmission = false,
  ) {
    super(reason, words, String(status));
    this.name = 'ApiFailure';
    this.status = status;
    this.retryAfterMs = retryAfterMs;
    this.isAdmission = isAdmission;
  }
}

/** An HTTP answer, or a Status object in a watch, as a failure in words. `what` was asked: `list pods`. */
export function refused(status: number, body: unknown, what: string, retryAfter?: string | null): ApiFailure {
  const held = object(body);
  const said = clean(text(held['message'], 200));
  const seconds = Number(retryAfter ?? object(held['details'])['retryAfterSeconds']);
  const retryAfterMs = Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds, 300) * 1000 : null;
  switch (status) {
    case 401:
      return new ApiFailure('unreachable', `the API server does not know us (401): log in again`, status);
    case 403: {
      const why = admissionsWord(body);
      const words = why === null ? `we may not ${what} (403)` : `the cluster refuses to ${what} (403): ${why}`;
      return new ApiFailure('forbidden', words, status, null, why !== null);
    }
    case 404:
      return new ApiFailure('unsupported', said === '' ? `the API server does not have it: ${what}` : said, status);
    case 429:
      return new ApiFailure('unreachable', 'the API server is busy and asks us to wait (429)', status, retryAfterMs);
    default:
      return new ApiFailure(
        'unreachable',
        `the API server answered ${status}${said === '' ? '' : `: ${said}`}`,
        status,
        retryAfterMs,
      );
  }
}

/**
 * Who may do a thing can still be refused it, by a policy or a quota: then the answer is theirs, after `is forbidden:`. What roles
 * refuse names the user there (facts: kubernetes-verified.md §3).
 */
function admissionsWord(body: unknown): string | null {
  const [, why = ''] = /is forbidden: (?!User ")(.+)$/su.exec(clean(text(object(body)['message'], 600))) ?? [];
  return why === '' ? null : why;
}

const words: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refuses the connection',
  ECONNRESET: 'broke the connection',
  EPIPE: 'broke the connection',
  UND_ERR_SOCKET: 'broke the connection',
  EHOSTUNREACH: 'cannot be reached from here',
  ENETUNREACH: 'cannot be reached from here',
  ETIMEDOUT: 'does not answer',
  UND_ERR_CONNECT_TIMEOUT: 'does not answer',
  UND_ERR_HEADERS_TIMEOUT: 'accepts and does not answer',
  UND_ERR_BODY_TIMEOUT: 'stopped answering',
  TimeoutError: 'does not answer in time',
  ENOTFOUND: 'has a name that does not resolve',
  EAI_AGAIN: 'has a name that does not resolve now',
  CERT_HAS_EXPIRED: 'has an expired certificate',
  ERR_TLS_CERT_ALTNAME_INVALID: 'has a certificate for another name',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'has a certificate that we do not trust',
  SELF_SIGNED_CERT_IN_CHAIN: 'has a certificate that we do not trust',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'has a certificate that we do not trust',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'has a certificate that we do not trust',
};

/** A connection that failed, as a failure in words. Our own failures pass through. */
export function broken(error: unknown, server: string): ReadFailure {
  if (error instanceof ReadFailure) {
    return error;
  }
  const code = codeOf(error);
  const why = words[code] ?? 'cannot be talked to';
  return new ReadFailure('unreachable', `${hostOf(server)} ${why} (${code})`, code, error);
}

function codeOf(error: unknown): string {
  for (let at: unknown = error; typeof at === 'object' && at !== null; at = (at as { cause?: unknown }).cause) {
    const { code, errors } = at as { code?: unknown; errors?: unknown };
    if (typeof code === 'string') {
      return code;
    }
    if (Array.isArray(errors)) {
      return codeOf(errors[0]);
    }
  }
  return error instanceof Error ? error.name : 'unknown';
}

/** Host and port only: a server address may carry a path or a user. */
function hostOf(server: string): string {
  return URL.canParse(server) ? new URL(server).host : 'the API server';
}
