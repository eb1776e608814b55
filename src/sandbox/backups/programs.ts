import { access, constants, readdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { makePrivateFolder } from '../folder.ts';
import { libraryPath, unpackedFromDebian } from '../servers/debian.ts';
import { run } from '../servers/run.ts';

const clients = ['pg_dump', 'pg_restore', 'psql'] as const;

/**
 * The programs between which the bytes of a backup flow, as far as this machine lacks them: a script for each in `folder`, which starts
 * what Debian's package has. Returns what could not be had; nothing of that keeps a sandbox from standing.
 */
export async function gatherPrograms(options: {
  readonly folder: string;
  /** Of the server; its client programs must not be older. */
  readonly serverMajor: number;
  readonly progress: (line: string) => void;
  readonly signal: AbortSignal;
}): Promise<readonly string[]> {
  const { folder, serverMajor, progress, signal } = options;
  await makePrivateFolder(folder);
  const wanted: readonly Wanted[] = [
    ...['age', 'zstd', 'tar'].map((name) => ({
      package: name,
      programs: [name],
      bin: ['usr/bin', 'bin'],
      isHere: () => isOnPath(name),
    })),
    {
      package: `postgresql-client-${serverMajor}`,
      programs: clients,
      bin: [`usr/lib/postgresql/${serverMajor}/bin`],
      isHere: () => hasClients(serverMajor),
    },
  ];
  const missing: string[] = [];
  for (const each of wanted) {
    if (!signal.aborted && !(await each.isHere()) && !(await gathered(each, folder, progress, signal))) {
      missing.push(each.package);
    }
  }
  return missing;
}

interface Wanted {
  readonly package: string;
  readonly programs: readonly string[];
  /** Where in the package they are. */
  readonly bin: readonly string[];
  isHere(): Promise<boolean>;
}

async function gathered(
  { package: name, programs, bin }: Wanted,
  folder: string,
  progress: (line: string) => void,
  signal: AbortSignal,
): Promise<boolean> {
  const root = await unpackedFromDebian([name], null, progress, signal).catch(() => null);
  if (root === null) {
    return false;
  }
  const libraries = await libraryPath(root);
  for (const program of programs) {
    const path = await firstOf(bin.map((place) => join(root, place, program)));
    if (path === null) {
      return false;
    }
    await writeFile(join(folder, program), wrapper(path, libraries), { mode: 0o700 });
  }
  return true;
}

/** Arguments, descriptors and the way it ends are those of the program: nothing stays in between. */
function wrapper(path: string, libraries: string): string {
  const own =
    libraries === ''
      ? ''
      : `LD_LIBRARY_PATH=${quoted(libraries)}\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}\nexport LD_LIBRARY_PATH\n`;
  return `#!/bin/sh\n${own}exec ${quoted(path)} "$@"\n`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** As the worker looks for them: those of each version where Debian has them, and what is on PATH. */
async function hasClients(serverMajor: number): Promise<boolean> {
  const versions = await readdir('/usr/lib/postgresql').catch(() => []);
  for (const folder of [...versions.map((version) => `/usr/lib/postgresql/${version}/bin`), ...foldersOnPath()]) {
    if ((await Promise.all(clients.map((name) => mayRun(join(folder, name))))).every(Boolean)) {
      const { stdout } = await run(join(folder, 'pg_dump'), ['--version']);
      if (Number(/(\d+)/.exec(stdout)?.[1] ?? 0) >= serverMajor) {
        return true;
      }
    }
  }
  return false;
}

async function isOnPath(name: string): Promise<boolean> {
  return (await firstOf(foldersOnPath().map((folder) => join(folder, name)))) !== null;
}

async function firstOf(paths: readonly string[]): Promise<string | null> {
  const usable = await Promise.all(paths.map(mayRun));
  return paths[usable.indexOf(true)] ?? null;
}

function mayRun(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

function foldersOnPath(): readonly string[] {
  return (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder.startsWith('/'));
}
