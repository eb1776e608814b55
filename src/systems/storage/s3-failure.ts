import { clean } from '#text/clean.ts';
import { codeOf, networkFailure } from '../network.ts';
import { ReadFailure } from '../source.ts';
import { WriteFailure } from '../write-failure.ts';
import { textIn } from './s3-xml.ts';

/** The store answered, and it was no. */
export class S3Refusal extends Error {
  readonly status: number;
  /** `NoSuchKey`, `AccessDenied`, or `HTTP 403` where the store gave no code (an answer to HEAD has no body). */
  readonly code: string;
  /** Which attempt met it; before a later one, an earlier may have done what this one was refused. */
  attempt = 1;

  constructor(status: number, body: string) {
    const code = textIn(body, 'Code') || `HTTP ${status}`;
    const said = clean(textIn(body, 'Message')).slice(0, 300);
    super(said === '' ? clean(code) : `${clean(code)}: ${said}`);
    this.name = 'S3Refusal';
    this.status = status;
    this.code = clean(code);
  }
}

/** The store gave no answer, or not a whole one. `sent`: the request may have reached it. */
export class S3Silence extends Error {
  readonly sent: boolean;
  readonly code: string | null;

  constructor(message: string, sent: boolean, cause: unknown) {
    super(message, { cause });
    this.name = 'S3Silence';
    this.sent = sent;
    this.code = codeOf(cause);
  }
}

const neverSent = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'UND_ERR_CONNECT_TIMEOUT']);
const late = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'UND_ERR_CONNECT_TIMEOUT']);

export function silenceOf(error: unknown, at: string): S3Silence {
  const code = codeOf(error);
  const words =
    networkFailure(error, at)?.message ??
    (code !== null && late.has(code) ? `${at} did not answer in time` : `the connection to ${at} broke`);
  const isTls = code !== null && /CERT|SSL|TLS/.test(code);
  return new S3Silence(words, code === null || !(neverSent.has(code) || isTls), error);
}

const wayOut: Readonly<Record<string, string>> = {
  RequestTimeTooSkewed: "this machine's clock and the store's differ",
  InvalidAccessKeyId: 'the store knows no such access key',
  SignatureDoesNotMatch: 'the secret key is not the one of this access key',
  ExpiredToken: 'the key has expired',
  NoSuchBucket: 'there is no such bucket',
};

function wordsOf(error: S3Refusal | S3Silence): string {
  const hint = error instanceof S3Refusal ? wayOut[error.code] : undefined;
  return hint === undefined ? error.message : `${hint} (${error.message})`;
}

export function readFailure(error: unknown, what: string): ReadFailure {
  if (error instanceof S3Refusal) {
    const reason = error.status === 401 || error.status === 403 ? 'forbidden' : 'not-probed';
    return new ReadFailure(
      error.status >= 500 ? 'unreachable' : reason,
      `${what}: ${wordsOf(error)}`,
      error.code,
      error,
    );
  }
  if (error instanceof S3Silence) {
    return new ReadFailure('unreachable', `${what}: ${wordsOf(error)}`, error.code, error);
  }
  return error instanceof ReadFailure
    ? error
    : new ReadFailure('unreachable', `${what}: ${said(error)}`, codeOf(error));
}

export function writeFailure(error: unknown, what: string): WriteFailure {
  if (error instanceof S3Refusal) {
    // A 5xx after every attempt may have been written by one of them.
    const certainty = error.status >= 500 ? 'unknown' : 'refused';
    return new WriteFailure(certainty, `${what}: ${wordsOf(error)}`, error.code, error.status === 412);
  }
  if (error instanceof S3Silence) {
    return new WriteFailure(error.sent ? 'unknown' : 'refused', `${what}: ${wordsOf(error)}`, error.code);
  }
  if (error instanceof ReadFailure) {
    return new WriteFailure('refused', `${what}: ${error.message}`, error.code);
  }
  return error instanceof WriteFailure ? error : new WriteFailure('unknown', `${what}: ${said(error)}`, codeOf(error));
}

function said(error: unknown): string {
  return clean(error instanceof Error ? error.message : String(error));
}
