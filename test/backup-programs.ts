import { join } from 'node:path';
import { postgresPrograms, program } from '#backups/programs.ts';
import { unpackedFromDebian } from '#sandbox/servers/debian.ts';

type Env = Readonly<Record<string, string | undefined>>;

/**
 * The environment in which age, zstd and PostgreSQL's clients of `major` are found: this machine's, and what it lacks as Debian has
 * it, unpacked beside the system.
 */
export async function programsEnv(major?: number): Promise<Env> {
  const asked: readonly (readonly [string, () => Promise<unknown>])[] = [
    ['age', () => program('age', process.env)],
    ['zstd', () => program('zstd', process.env)],
    ...(major === undefined
      ? []
      : ([[`postgresql-client-${major}`, () => postgresPrograms(major, process.env)]] as const)),
  ];
  const missing: string[] = [];
  for (const [name, find] of asked) {
    await find().catch(() => missing.push(name));
  }
  if (missing.length === 0) {
    return process.env;
  }
  const root = await unpackedFromDebian(missing, null, () => undefined);
  if (root === null) {
    throw new Error(`${missing.join(', ')} could not be had: install them`);
  }
  const folders = [
    join(root, 'usr/bin'),
    ...(major === undefined ? [] : [join(root, `usr/lib/postgresql/${major}/bin`)]),
  ];
  return { ...process.env, PATH: `${process.env['PATH'] ?? ''}:${folders.join(':')}` };
}
