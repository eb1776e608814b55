import { envWithPrograms, postgresPrograms, program } from '#backups/programs.ts';
import { type Finding, flaw, ok } from '#health/finding.ts';
import { ReadFailure } from '#systems/source.ts';
import { TillError } from '#text/till-error.ts';
import { type Looked, serversOf } from './looked.ts';

const needed = ['age', 'zstd', 'tar'] as const;

/** Programs between which a backup's bytes flow, and PostgreSQL's clients for each server, none older than it. */
export async function examinePrograms(world: Looked): Promise<readonly Finding[]> {
  const env = envWithPrograms(world.env, world.backups.programs);
  const tools = await Promise.all(
    needed.map((name) =>
      asFinding('backups', name, async () => {
        const { version, path } = await program(name, env);
        return `${version}, ${path}`;
      }),
    ),
  );
  const servers = new Set([...serversOf(world), ...recoveryServer(world)]);
  const clients = await Promise.all(
    [...servers].map(async (name) => {
      const major = await majorOf(name, world);
      if (major === null) {
        // That it is away is said where servers are looked at.
        return [];
      }
      return asFinding(`postgres/${name}`, 'pg_dump', async () => {
        const { pgDump } = await postgresPrograms(major, env);
        return `${pgDump.version} for PostgreSQL ${major}, ${pgDump.path}`;
      });
    }),
  );
  return [...tools.flat(), ...clients.flat(), ...(await examineAge(world))];
}

/** No older server takes a dump of a newer one (facts: data-tier.md §2.1). */
async function examineAge(world: Looked): Promise<readonly Finding[]> {
  const [recovery] = recoveryServer(world);
  const major = recovery === undefined ? null : await majorOf(recovery, world);
  if (recovery === undefined || major === null) {
    return [];
  }
  const all = await Promise.all(serversOf(world).map(async (name) => ({ name, of: await majorOf(name, world) })));
  const newer = all.filter(({ of }) => of !== null && of > major);
  return newer.map(({ name, of }) =>
    flaw(
      `postgres/${recovery}`,
      'recovery',
      'missing',
      `is PostgreSQL ${major}, and ${name} is ${of}: it cannot take its dumps`,
      {
        next: `name a server of ${of} or newer under backups.recovery`,
      },
    ),
  );
}

function recoveryServer({ backups, estate }: Looked): readonly string[] {
  const name = backups.recovery?.postgres;
  return name !== undefined && name in estate.postgres ? [name] : [];
}

async function majorOf(server: string, world: Looked): Promise<number | null> {
  try {
    const { version } = await (await world.postgres(server)).identity();
    return Math.floor(version / 10_000);
  } catch (error) {
    if (error instanceof ReadFailure) {
      return null;
    }
    throw error;
  }
}

async function asFinding(subject: string, check: string, look: () => Promise<string>): Promise<readonly Finding[]> {
  try {
    return [ok(subject, check, await look())];
  } catch (error) {
    if (!(error instanceof TillError)) {
      throw error;
    }
    return [flaw(subject, check, 'missing', error.message, error.next === null ? {} : { next: error.next })];
  }
}
