import { clean } from '#text/clean.ts';
import { seconds } from '../deadline.ts';
import { ReadFailure } from '../source.ts';
import { failing, ofClient, type Place, type ServerError, serverError, words } from './failure.ts';

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
  const fail = failing(error);
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

/** `table ir_cron`, from "permission denied for table ir_cron"; the whole text where a server speaks another language. */
function denied(said: ServerError): string {
  return /^permission denied for (.+)$/.exec(clean(said.message))?.[1] ?? `this (${words(said)})`;
}

/** By class of SQLSTATE: what we asked for does not exist here, or the server cannot answer just now. */
function reasonOf(code: string): ReadFailure['reason'] {
  return /^(0A|22|42|25|55)/.test(code) ? 'unsupported' : 'unreachable';
}
