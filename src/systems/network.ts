import { ReadFailure } from './source.ts';

const words: Readonly<Record<string, (at: string) => string>> = {
  ECONNREFUSED: (at) => `${at} refused the connection`,
  ENOTFOUND: (at) => `no such host: ${hostOf(at)}`,
  EAI_AGAIN: (at) => `the name ${hostOf(at)} could not be looked up`,
  EHOSTUNREACH: (at) => `no route to ${at}`,
  ENETUNREACH: (at) => `no route to ${at}`,
  ETIMEDOUT: (at) => `${at} did not answer`,
  ECONNRESET: (at) => `${at} closed the connection`,
  EPIPE: (at) => `${at} closed the connection`,
  EPROTO: (at) => `${at} does not speak TLS here, or refused ours`,
  ERR_SSL_WRONG_VERSION_NUMBER: (at) => `${at} does not speak TLS here`,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: (at) => `${at} does not speak TLS here`,
  ERR_TLS_CERT_ALTNAME_INVALID: (at) => `the certificate of ${at} is for another name`,
  CERT_HAS_EXPIRED: (at) => `the certificate of ${at} has expired`,
  CERT_NOT_YET_VALID: (at) => `the certificate of ${at} is not valid yet`,
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  UNABLE_TO_GET_ISSUER_CERT: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  CERT_SIGNATURE_FAILURE: untrusted,
};

function untrusted(at: string): string {
  return `the certificate of ${at} is not signed by an authority that till trusts; name its CA with \`ca\``;
}

function hostOf(at: string): string {
  return at.replace(/:\d+$/, '');
}

/** What the network said, in plain words; null when the error is not the network's. `at` is `host:port`. */
export function networkFailure(error: unknown, at: string): ReadFailure | null {
  const code = codeOf(error);
  const say = code === null ? undefined : words[code];
  return say === undefined ? null : new ReadFailure('unreachable', say(at), code, error);
}

/** `ECONNREFUSED` and its kind. Where several addresses of one name were tried, Node wraps what each said. */
export function codeOf(error: unknown): string | null {
  if (error instanceof AggregateError && error.errors.length > 0) {
    return codeOf(error.errors[0]);
  }
  const code = error instanceof Error ? (error as { code?: unknown }).code : undefined;
  return typeof code === 'string' ? code : null;
}
