import { once } from 'node:events';
import type { FileHandle } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { ProgramFailure, start } from '#backups/child.ts';
import type { PostgresPrograms } from '#backups/programs.ts';
import type { DatabaseLogin } from '#systems/postgres/login.ts';
import { WriteFailure } from '#systems/write-failure.ts';

/** Descriptors in a child: 3 is libpq's password file (login.ts). */
const dumpDescriptor = 4;
/** Beyond it a server of the usual size only waits for its disk. */
const mostJobs = 4;

export interface RestoreDumpOptions {
  readonly dump: FileHandle;
  readonly database: string;
  readonly login: DatabaseLogin;
  readonly applicationName: string;
  readonly programs: Pick<PostgresPrograms, 'pgRestore'>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  readonly jobs?: number;
}

/** On Linux each opening of a descriptor's path has a place of its own in the file; elsewhere workers would share one. */
export function jobsHere(): number {
  return process.platform === 'linux' ? Math.max(1, Math.min(mostJobs, availableParallelism())) : 1;
}

/**
 * `pg_restore` from an open file into a database that is empty. It ends at the first error, which psql and pg_restore by themselves do
 * not (facts: data-tier.md §2.3). Owners and grants are not the dump's: who may see the copy is decided by who swaps it in.
 */
export async function restoreDump(options: RestoreDumpOptions): Promise<void> {
  const { dump, database, login, applicationName, programs, env, signal, jobs = jobsHere() } = options;
  signal.throwIfAborted();
  const access = await login.forChildren(database, applicationName);
  try {
    const child = start(
      programs.pgRestore.path,
      [
        ...['--exit-on-error', '--no-owner', '--no-acl', '--no-tablespaces', '--no-security-labels'],
        // A subscription would begin to pull from whoever publishes to the original.
        ...['--no-publications', '--no-subscriptions', '-j', String(jobs), '-d', database],
        `/dev/fd/${dumpDescriptor}`,
      ],
      {
        ...{ stdin: 'ignore', stdout: 'ignore', more: [access.passfile.fd, dump.fd] },
        env: { ...env, ...access.env, PGOPTIONS: sessionOptions },
      },
    );
    const stop = () => child.stop();
    signal.addEventListener('abort', stop, { once: true });
    try {
      await child.done;
    } catch (error) {
      signal.throwIfAborted();
      throw error instanceof ProgramFailure ? new WriteFailure('refused', error.message, 'pg_restore') : error;
    } finally {
      signal.removeEventListener('abort', stop);
    }
  } finally {
    await access.close();
  }
}

/** What is in flight is lost with a crash either way; what comes after (mark, name) is synced, and with it all that is before. */
const sessionOptions =
  '-c synchronous_commit=off -c maintenance_work_mem=256MB -c statement_timeout=0 -c lock_timeout=0';

/** The extensions that a dump makes. */
export async function extensionsIn(
  dump: FileHandle,
  { pgRestore }: Pick<PostgresPrograms, 'pgRestore'>,
): Promise<readonly string[]> {
  const child = start(pgRestore.path, ['--list', '/dev/fd/3'], { stdin: 'ignore', stdout: 'pipe', more: [dump.fd] });
  let text = '';
  child.process.stdout?.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
  });
  const read = child.process.stdout === null ? Promise.resolve() : once(child.process.stdout, 'end');
  try {
    await Promise.all([child.done, read]);
  } catch (error) {
    throw error instanceof ProgramFailure
      ? new WriteFailure('refused', `the dump cannot be read: ${error.message}`, 'pg_restore')
      : error;
  }
  return [...text.matchAll(/^\d+; \d+ \d+ EXTENSION - (\S+)/gm)].flatMap(([, name]) => name ?? []);
}
