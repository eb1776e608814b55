import { clean } from '#text/clean.ts';
import { type ExitCode, exitCodes, TillError } from '#text/till-error.ts';

/** Where the ledger is, for messages: `ledger at db-3:5432/till_ledger`. */
export interface Place {
  readonly at: string;
  readonly database: string;
  readonly user: string;
}

/** The connection broke between asking and the answer: whatever was asked may have been done. */
export class LostAnswer extends Error {
  constructor(cause: unknown) {
    super('the connection was lost before the answer came', { cause });
  }
}

interface ServerError {
  readonly code: string;
  readonly message: string;
  readonly detail?: string;
}

/** Nothing was sent, so nothing was recorded. */
export function failureToEnter(error: unknown, place: Place): TillError {
  const said = serverError(error);
  const target = targetOf(place);
  switch (said?.code) {
    case '28P01':
    case '28000':
      return new TillError(`the ledger's server does not let ${place.user} in: the password or the login is wrong`, {
        ...{ exit: exitCodes.unreachable, reason: 'ledger-password', target, cause: error },
        next: 'see `ledger.postgres` in estate.yaml: `user`, `password`; nothing was done and nothing was recorded',
      });
    case '3D000':
      return new TillError(`the ledger's server has no database ${place.database}`, {
        ...{ exit: exitCodes.unreachable, reason: 'ledger-not-set-up', target, cause: error },
        next: '`till ledger setup` makes it ready; create the database first',
      });
    default:
      return away(error, place);
  }
}

/** What the server, or the way to it, said of something that was asked. */
export function failureOf(error: unknown, place: Place): unknown {
  const said = serverError(error);
  if (error instanceof TillError || error instanceof LostAnswer) {
    return error;
  }
  if (said === null) {
    return isConnectionError(error) ? new LostAnswer(error) : error;
  }
  const fields = { target: targetOf(place), cause: error };
  switch (said.code) {
    case 'TL001':
      return refusal(said);
    case '3F000':
    case '42883':
    case '42P01':
      return notSetUp(place);
    case '42501':
      return new TillError(`${place.user} may not do this on the ledger: ${clean(said.message)}`, {
        ...{ ...fields, exit: exitCodes.refused, reason: 'ledger-role' },
        next: `let an administrator give it the role: \`till ledger setup --grant ${place.user}\``,
      });
    case '23505':
      return new TillError('the ledger has this entry already', {
        ...{ ...fields, exit: exitCodes.refused, reason: 'entry-known' },
        next: '`till audit list` shows it',
      });
    case '55P03':
    case '57014':
      return new TillError('the ledger is busy: others hold it, and our turn did not come in time', {
        ...{ ...fields, exit: exitCodes.unreachable, reason: 'ledger-busy', retryable: true },
        next: 'nothing was recorded; try again',
      });
    case '25006':
      return new TillError('the ledger can only be read here: this server is a standby', {
        ...{ ...fields, exit: exitCodes.unreachable, reason: 'ledger-read-only' },
        next: 'name the primary in `ledger.postgres`',
      });
    default:
      return /^(?:08|57P)/.test(said.code)
        ? new LostAnswer(error)
        : new TillError(`the ledger could not be used: ${clean(said.message)}`, {
            ...{ ...fields, exit: exitCodes.unreachable, reason: 'ledger-unusable' },
            next: `the server's log tells more; its code is ${said.code}`,
          });
  }
}

export function notSetUp(place: Place): TillError {
  return new TillError(`database ${place.database} holds no ledger of this version`, {
    ...{ exit: exitCodes.unreachable, reason: 'ledger-not-set-up', target: targetOf(place) },
    next: '`till ledger setup` prints what it would do, and does it',
  });
}

export function away(error: unknown, place: Place): TillError {
  const said = serverError(error);
  const words = clean(said?.message ?? (error instanceof Error ? error.message || codeOf(error) : String(error)));
  return new TillError(`the ledger's server is away: ${words}`, {
    ...{ exit: exitCodes.unreachable, reason: 'ledger-unreachable', target: targetOf(place), retryable: true },
    next: 'nothing was done and nothing was recorded; reading goes on, and revoking, locking and freezing do',
    cause: error,
  });
}

/** It was sent, perhaps recorded, and the server stayed away: nobody may guess. */
export function unsure(error: unknown, place: Place, operation: string | null): TillError {
  return new TillError(
    'the ledger was lost before it answered, and has not come back: this may or may not be recorded',
    {
      ...{ exit: exitCodes.unreachable, reason: 'ledger-answer-lost', target: targetOf(place), cause: error },
      next: '`till audit list` tells when it is back; nothing was done after it',
      ...(operation === null ? {} : { operation }),
    },
  );
}

/** A law said no. */
function refusal(said: ServerError): TillError {
  const { reason, target, next, exit } = JSON.parse(said.detail ?? '{}') as Readonly<Record<string, unknown>>;
  return new TillError(clean(said.message), {
    exit: (typeof exit === 'number' ? exit : exitCodes.refused) as ExitCode,
    reason: typeof reason === 'string' ? reason : 'refused',
    ...(typeof target === 'string' ? { target: clean(target) } : {}),
    ...(typeof next === 'string' ? { next: clean(next) } : {}),
  });
}

function targetOf({ at, database }: Place): string {
  return `ledger at ${at}/${database}`;
}

function serverError(error: unknown): ServerError | null {
  if (!(error instanceof Error)) {
    return null;
  }
  const { code, severity, detail } = error as { code?: unknown; severity?: unknown; detail?: unknown };
  const isServers = typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && severity !== undefined;
  return isServers ? { code, message: error.message, ...(typeof detail === 'string' ? { detail } : {}) } : null;
}

/** The network's errors have a code, those of `pg` only words (facts: data-tier.md §5.1). */
function isConnectionError(error: unknown): boolean {
  return (
    codeOf(error) !== '' ||
    (error instanceof Error && /^Connection terminated|not queryable|^Query read timeout/.test(error.message))
  );
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : '';
}
