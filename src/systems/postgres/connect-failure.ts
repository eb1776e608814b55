import { ReadFailure } from '../source.ts';
import { failing, ofClient, type Place, PostgresFailure, type ServerError, serverError, words } from './failure.ts';

/** What went wrong while getting in. */
export function failureToConnect(error: unknown, place: Place): ReadFailure {
  if (error instanceof PostgresFailure) {
    return error;
  }
  if (error instanceof ReadFailure) {
    // No password, no CA file, no port-forward: we did not even get to the server.
    return new PostgresFailure('server', error.reason, `${place.name}: ${error.message}`, error.code, error);
  }
  const fail = failing(error);
  const { name, user, database } = place;
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
      return ofPooler(said, place, error);
    default:
      // 57P03: starting up, shutting down, in recovery, hot standby off. The server says which.
      return fail('server', 'unreachable', `${name}: ${words(said)}`);
  }
}

/** A pooler between us and the server that takes no settings along (PgBouncer, RDS Proxy): facts data-tier.md §1.1. */
export function refusesStartupSettings(error: unknown): boolean {
  const said = serverError(error);
  return (said?.code === '08P01' && /startup parameter/.test(said.message)) || said?.code === '0A000';
}

function ofHostRules(said: ServerError, place: Place, error: unknown): ReadFailure {
  const fail = failing(error);
  const { name, user, database } = place;
  // A role that does not exist or may not log in is refused for every database; a line of pg_hba.conf is for some.
  if (said.routine === 'InitializeSessionUserId') {
    return fail('server', 'forbidden', `${name}: ${words(said)}`);
  }
  const hint = /no encryption|SSL off/.test(said.message) ? ' without TLS' : '';
  return fail('database', 'forbidden', `${name}: pg_hba.conf lets user ${user} not into ${database} from here${hint}`);
}

function tooMany(said: ServerError, place: Place, error: unknown): ReadFailure {
  const fail = failing(error);
  const { name, user, database } = place;
  if (said.routine === 'InitializeSessionUserId' || /connections for role/.test(said.message)) {
    return fail('server', 'not-probed', `${name}: the connection limit of role ${user} is reached`);
  }
  if (said.routine === 'CheckMyDatabase' || /connections for database/.test(said.message)) {
    return fail('database', 'unreachable', `${name}: the connection limit of database ${database} is reached`);
  }
  return fail('server', 'unreachable', `${name}: the server is full, no connection slot is free for user ${user}`);
}

/** PgBouncer passes everything on under the one code, in the words of the server or its own; its pools are one a database. */
function ofPooler(said: ServerError, place: Place, error: unknown): ReadFailure {
  const { name, at, user, database } = place;
  const fail = failing(error);
  if (/no such database|^database .* does not exist/.test(said.message)) {
    return fail('database', 'unreachable', `${name}: database ${database} does not exist`);
  }
  if (/password authentication failed|^auth failed|no such user/.test(said.message)) {
    return new PostgresFailure('server', 'forbidden', `${name}: password refused for user ${user}`, '28P01', error);
  }
  return fail('database', 'unreachable', `${name}: the pooler at ${at}: ${words(said)}`);
}
