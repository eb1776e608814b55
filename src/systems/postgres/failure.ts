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
interface ServerError {
  readonly code: string;
  readonly message: string;
  /** The C function that raised it: the one part of an error that is never translated. */
  readonly routine?: string;
}

/** Of the server, and not of one database or one statement: a failure that everybody else would meet too. */
export function isOfServer(failure: unknown): failure is PostgresFailure {
  return failure instanceof PostgresFailure && failure.scope === 'server';
}

/** What went wrong while getting in. */
export function failureToConnect(error: unknown, place: Place): ReadFailure {
  if (error instanceof PostgresFailure) {
    return error;
  }
  if (error instanceof ReadFailure) {
    // No password, no CA file, no port-forward: we did not even get to the server.
    return new PostgresFailure('server', error.reason, `${place.name}: ${error.message}`, error.code, error);
  }
  const fail = failures(place, error);
  const { name, at, user, database } = place;
  const said = serverError(error);
  if (said === null) {
    return ofClient(error, place, 'server');
  }
  switch (said.code) {
    case '28P01':
      return fail('server', 'forbidden', `${name}: password refused for user ${user}`);
    case '28000':
      return ofHostRules(said, place, error);
    case '3D000':
      // A tenant without its database is trouble, not a thing that does not apply: so never `unsupported`.
      return fail('database', 'unreachable', `${name}: database ${database} does not exist`);
    case '42501':
      return fail('database', 'forbidden', `${name}: user ${user} may not connect to database ${database}`);
    case '55000':
      return fail('database', 'unreachable', `${name}: database ${database} accepts no connections`);
    case '53300':
      return tooMany(said, place, error);
    case '08P01':
      return /no such database/.test(said.message)
        ? fail('database', 'unreachable', `${name}: database ${database} does not exist`)
        : fail('server', 'unreachable', `${name}: ${at} refused the connection: ${words(said)}`);
    default:
      // 57P03: starting up, shutting down, in recovery, hot standby off. The server says which.
      return fail('server', 'unreachable', `${name}: ${words(said)}`);
  }
}

/** What went wrong with a statement. */
export function failureToRead(error: unknown, place: Place, statementMs: number, lockMs: number): ReadFailure {
  if (error instanceof ReadFailure) {
    return error;
  }
  const said = serverError(error);
  if (said === null) {
    // Losing one connection says nothing of the server: the next one to connect will know.
    return ofClient(error, place, 'read');
  }
  const fail = failures(place, error);
  const { name, user, database } = place;
  switch (said.code) {
    case '57014':
      return /user request/.test(said.message)
        ? fail('read', 'unreachable', `${name}: somebody cancelled the read of database ${database}`)
        : fail('read', 'unreachable', `${name}: database ${database} did not answer within ${seconds(statementMs)}`);
    case '55P03':
      return fail(
        'read',
        'unreachable',
        `${name}: a session in database ${database} holds a lock that the read waited for longer than ${seconds(lockMs)}`,
      );
    case '42501':
      return fail('read', 'forbidden', `${name}: user ${user} may not read ${denied(said)} in database ${database}`);
    case '42P01':
    case '42703':
    case '42883':
    case '3F000':
      return fail('read', 'unsupported', `${name}: database ${database}: ${words(said)}`);
    default:
      return fail('read', reasonOf(said.code), `${name}: database ${database}: ${words(said)}`);
  }
}

/** Nothing came in time. Whoever noticed has destroyed the connection. */
export function silence(place: Place, accepted: boolean, milliseconds: number): ReadFailure {
  const heard = accepted ? 'accepted the connection but did not answer' : 'did not answer';
  const message = `${place.name}: ${place.at} ${heard} within ${seconds(milliseconds)}`;
  return new PostgresFailure('server', 'unreachable', message, 'ETIMEDOUT');
}

/** A pooler between us and the server that takes no settings along (PgBouncer, RDS Proxy): facts data-tier.md §1.1. */
export function refusesStartupSettings(error: unknown): boolean {
  const said = serverError(error);
  return (said?.code === '08P01' && /startup parameter/.test(said.message)) || said?.code === '0A000';
}

/** Told to go: by an administrator, a crash elsewhere, or a time-out that ends sessions (facts: data-tier.md §1.1). */
const sessionEnds = new Set(['57P01', '57P02', '57P05', '25P03', '25P04']);

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

function failures(place: Place, cause: unknown) {
  const code = serverError(cause)?.code ?? codeOf(cause);
  return (scope: Scope, reason: ReadFailure['reason'], message: string): ReadFailure =>
    new PostgresFailure(scope, reason, hide(message, place), code, cause);
}

/** Messages are one line, and short enough for a row; the server's texts may be neither. */
function hide(message: string, { name }: Place): string {
  const line = clean(message);
  return line.length > 300 ? `${line.slice(0, 299)}…` : line || name;
}

function serverError(error: unknown): ServerError | null {
  if (!(error instanceof Error)) {
    return null;
  }
  const { code, severity, routine } = error as { code?: unknown; severity?: unknown; routine?: unknown };
  const isServers = typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && severity !== undefined;
  return isServers ? { code, message: error.message, ...(typeof routine === 'string' ? { routine } : {}) } : null;
}

function ofHostRules(said: ServerError, place: Place, error: unknown): ReadFailure {
  const fail = failures(place, error);
  const { name, user, database } = place;
  // A role that does not exist or may not log in is refused for every database; a line of pg_hba.conf is for some.
  if (said.routine === 'InitializeSessionUserId') {
    return fail('server', 'forbidden', `${name}: ${words(said)}`);
  }
  const hint = /no encryption|SSL off/.test(said.message) ? ' without TLS' : '';
  return fail('database', 'forbidden', `${name}: pg_hba.conf lets user ${user} not into ${database} from here${hint}`);
}

function tooMany(said: ServerError, place: Place, error: unknown): ReadFailure {
  const fail = failures(place, error);
  const { name, user, database } = place;
  if (said.routine === 'InitializeSessionUserId' || /for role/.test(said.message)) {
    return fail('server', 'not-probed', `${name}: the connection limit of role ${user} is reached`);
  }
  if (said.routine === 'CheckMyDatabase' || /for database/.test(said.message)) {
    return fail('database', 'unreachable', `${name}: the connection limit of database ${database} is reached`);
  }
  return fail('server', 'unreachable', `${name}: the server is full, no connection slot is free for user ${user}`);
}

/** Errors without an SQLSTATE: the network's, TLS's, and `pg`'s own, which have only words (facts: data-tier.md §5.1). */
function ofClient(error: unknown, place: Place, scope: Scope): ReadFailure {
  const { name, at, user } = place;
  const fail = failures(place, error);
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

function words(said: ServerError): string {
  return clean(said.message);
}

/** `table ir_cron`, from "permission denied for table ir_cron"; the whole text where a server speaks another language. */
function denied(said: ServerError): string {
  return /^permission denied for (.+)$/.exec(clean(said.message))?.[1] ?? `this (${words(said)})`;
}

/** By class of SQLSTATE: what we asked for does not exist here, or the server cannot answer just now. */
function reasonOf(code: string): ReadFailure['reason'] {
  return /^(0A|22|42|25|55)/.test(code) ? 'unsupported' : 'unreachable';
}
