import { clean } from '#text/clean.ts';
import { seconds } from '../deadline.ts';
import { codeOf, networkFailure } from '../network.ts';
import { ReadFailure } from '../source.ts';

/**
 * How far a failure reaches: `server` — nobody gets in, so nobody else need try; `database` — this database does not let us in;
 * `read` — one statement failed and the connection is as good as before.
 */
export type Scope = 'server' | 'database' | 'read';

export class PostgresFailure extends ReadFailure {
  readonly scope: Scope;

  constructor(scope: Scope, reason: ReadFailure['reason'], message: string, code: string | null, cause?: unknown) {
    super(reason, message, code, cause);
    this.scope = scope;
  }

  override get isShared(): boolean {
    return this.scope === 'server';
  }
}

export interface Place {
  /** The server's name in the estate. */
  readonly name: string;
  /** `host:port`, as it was reached. */
  readonly at: string;
  readonly user: string;
  readonly database: string;
}

/** What ErrorResponse carries and `pg` passes on (PostgreSQL protocol, "Error and Notice Message Fields"). */
export interface ServerError {
  readonly code: string;
  readonly message: string;
  /** The C function that raised it: the one part of an error that is never translated. */
  readonly routine?: string;
}

/** Of the server, and not of one database or one statement: a failure that everybody else would meet too. */
export function isOfServer(failure: unknown): failure is PostgresFailure {
  return failure instanceof PostgresFailure && failure.scope === 'server';
}

/** Nothing came in time. Whoever noticed has destroyed the connection. */
export function silence(place: Place, accepted: boolean, milliseconds: number): ReadFailure {
  const heard = accepted ? 'accepted the connection but did not answer' : 'did not answer';
  const message = `${place.name}: ${place.at} ${heard} within ${seconds(milliseconds)}`;
  return new PostgresFailure('server', 'unreachable', message, 'ETIMEDOUT');
}

/** Told to go: by an administrator, a crash elsewhere, or a time-out that ends sessions (facts: data-tier.md §1.1). */
const sessionEnds = new Set(['57P01', '57P02', '57P04', '57P05', '25P03', '25P04']);

/** The session is gone: a fresh connection may fare better. */
export function isLost(failure: unknown): boolean {
  return failure instanceof ReadFailure && (isClosed(failure) || sessionEnds.has(failure.code ?? ''));
}

/** Nothing was heard: the failure was made here, not by the server. */
export function isSilence(failure: ReadFailure): boolean {
  return failure.code === 'ETIMEDOUT' || isClosed(failure);
}

function isClosed({ code }: ReadFailure): boolean {
  return code === 'ECONNRESET' || code === 'EPIPE';
}

export function failing(cause: unknown) {
  const code = serverError(cause)?.code ?? codeOf(cause);
  return (scope: Scope, reason: ReadFailure['reason'], message: string): ReadFailure =>
    new PostgresFailure(scope, reason, oneLine(message), code, cause);
}

/** Messages are one line, and short enough for a row; the server's texts may be neither. */
function oneLine(message: string): string {
  const line = clean(message);
  return line.length > 300 ? `${line.slice(0, 299)}…` : line;
}

export function serverError(error: unknown): ServerError | null {
  if (!(error instanceof Error)) {
    return null;
  }
  const { code, severity, routine } = error as { code?: unknown; severity?: unknown; routine?: unknown };
  const isServers = typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && severity !== undefined;
  return isServers ? { code, message: error.message, ...(typeof routine === 'string' ? { routine } : {}) } : null;
}

/** Errors without an SQLSTATE: the network's, TLS's, and `pg`'s own, which have only words (facts: data-tier.md §5.1). */
export function ofClient(error: unknown, place: Place, scope: Scope): ReadFailure {
  const { name, at, user } = place;
  const fail = failing(error);
  const message = error instanceof Error ? error.message : String(error);
  const network = networkFailure(error, at);
  if (/^Connection terminated|not queryable/.test(message) || network?.code === 'ECONNRESET') {
    const when = scope === 'server' ? 'before it answered' : 'while it was asked';
    return new PostgresFailure(
      scope,
      'unreachable',
      `${name}: ${at} closed the connection ${when}`,
      'ECONNRESET',
      error,
    );
  }
  if (network !== null) {
    return new PostgresFailure(scope, network.reason, `${name}: ${network.message}`, network.code, error);
  }
  if (/does not support SSL/.test(message)) {
    return fail(scope, 'unreachable', `${name}: ${at} does not offer TLS`);
  }
  if (/password must be a (non-empty )?string/.test(message)) {
    return fail(scope, 'forbidden', `${name}: a password is asked of user ${user}, and the estate names none`);
  }
  if (/^SASL/.test(message)) {
    return fail(scope, 'forbidden', `${name}: ${at} could not prove that it knows the password of user ${user}`);
  }
  if (/SSL connection|invalid response/.test(message)) {
    return fail(scope, 'unreachable', `${name}: ${at} does not speak PostgreSQL's protocol`);
  }
  return fail(scope, 'unreachable', `${name}: ${message}`);
}

export function words(said: ServerError): string {
  return clean(said.message);
}
