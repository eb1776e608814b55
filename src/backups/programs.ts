import { execFile } from 'node:child_process';
import { access, constants, readdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { exitCodes, TillError } from '#text/till-error.ts';

/**
 * The programs between which the bytes of a backup flow. They are looked up and asked for their version; what is not there is
 * said with what to install. There is no JavaScript in place of `age`: the library would bring five others, and would pass every byte
 * of every tenant through this process (facts: data-tier.md §2.1).
 */
export interface Program {
  readonly path: string;
  /** Such as `15.18`. */
  readonly version: string;
}

export interface PostgresPrograms {
  readonly pgDump: Program;
  readonly pgRestore: Program;
  readonly psql: Program;
  readonly major: number;
}

type Env = Readonly<Record<string, string | undefined>>;

/** An environment in which the estate's own folders (`backups.programs`) come first. */
export function envWithPrograms(env: Env, folders: readonly string[]): Env {
  return { ...env, PATH: [...folders, env['PATH'] ?? ''].filter((folder) => folder !== '').join(delimiter) };
}

const packages = { age: 'age', zstd: 'zstd', tar: 'tar' } as const;

/** `age`, `zstd` or `tar`. Throws TillError when it is not there. */
export async function program(name: keyof typeof packages, env: Env): Promise<Program> {
  for (const folder of foldersOf(env)) {
    const found = await programAt(join(folder, name));
    if (found !== null) {
      return found;
    }
  }
  throw new TillError(`the program ${name} is not here`, {
    exit: exitCodes.failed,
    reason: 'no-program',
    target: name,
    next: `install it: apt-get install ${packages[name]}`,
  });
}

/**
 * PostgreSQL's client programs for a server of this major version: its own, or else the next newer ones. No older one reads the server,
 * and a much newer pg_dump writes settings that the server it came from does not know, so that a restore into it would stop.
 */
export async function postgresPrograms(serverMajor: number, env: Env): Promise<PostgresPrograms> {
  // Before PATH: what Debian has there is a wrapper that chooses by a cluster of its own.
  const folders = [...(await versionedFolders()), ...foldersOf(env)];
  const found = await Promise.all(folders.map((folder) => allAt(folder)));
  const usable = found
    .filter((one) => one !== null)
    .filter(({ major }) => major >= serverMajor)
    .toSorted((a, b) => a.major - b.major);
  const [best] = usable;
  if (best !== undefined) {
    return best;
  }
  const newest = Math.max(0, ...found.flatMap((one) => (one === null ? [] : [one.major])));
  const words = newest === 0 ? 'pg_dump, pg_restore and psql are not here' : `the newest pg_dump here is of ${newest}`;
  throw new TillError(`${words}; the server is PostgreSQL ${serverMajor}, which no older one can read`, {
    exit: exitCodes.failed,
    reason: 'no-program',
    target: 'pg_dump',
    next: `install them: apt-get install postgresql-client-${serverMajor}`,
  });
}

function foldersOf(env: Env): readonly string[] {
  return (env['PATH'] ?? '').split(delimiter).filter((folder) => folder.startsWith('/'));
}

/** Where Debian, Red Hat's PGDG and Homebrew keep one folder for each version. */
async function versionedFolders(): Promise<readonly string[]> {
  const places: readonly (readonly [string, RegExp, string])[] = [
    ['/usr/lib/postgresql', /^\d+$/, 'bin'],
    ['/usr', /^pgsql-\d+$/, 'bin'],
    ['/opt/homebrew/opt', /^postgresql@\d+$/, 'bin'],
  ];
  const found = await Promise.all(
    places.map(async ([parent, pattern, below]) => {
      const names = await readdir(parent).catch(() => []);
      return names.filter((name) => pattern.test(name)).map((name) => join(parent, name, below));
    }),
  );
  return found.flat();
}

async function allAt(folder: string): Promise<PostgresPrograms | null> {
  const [pgDump, pgRestore, psql] = await Promise.all(
    ['pg_dump', 'pg_restore', 'psql'].map((name) => programAt(join(folder, name))),
  );
  if (pgDump == null || pgRestore == null || psql == null) {
    return null;
  }
  return { pgDump, pgRestore, psql, major: Number.parseInt(pgDump.version, 10) };
}

const asked = new Map<string, Promise<Program | null>>();

/** Null when it is not there or does not run. Asked once. */
function programAt(path: string): Promise<Program | null> {
  const known = asked.get(path) ?? ask(path);
  asked.set(path, known);
  return known;
}

async function ask(path: string): Promise<Program | null> {
  try {
    await access(path, constants.X_OK);
  } catch {
    asked.delete(path);
    return null;
  }
  return new Promise((resolve) => {
    execFile(path, ['--version'], { timeout: 10_000 }, (error, stdout) => {
      // zstd says `64-bit` before its version; a PostgreSQL that is not yet out has no dot in its.
      const version = /\d+(?:\.\d+)+/.exec(stdout)?.[0] ?? /\d+/.exec(stdout)?.[0];
      resolve(error === null && version !== undefined ? { path, version } : null);
    });
  });
}
