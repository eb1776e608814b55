import { readdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Found, type FoundFolder, type Remains, remainsOf } from '#backups/leftovers.ts';
import type { Tenant } from '#estate/estate.ts';
import type { OpenOperation } from '#ledger/state.ts';
import { ReadFailure } from '#systems/source.ts';
import type { PlanWorld } from './action.ts';

type World = Pick<PlanWorld, 'estate' | 'postgres'>;

/** What restores and drills left on the servers and disks where they may make things. A server that is silent hides nothing of another. */
export async function findRemains(
  world: World,
  tenants: readonly Tenant[],
  running: readonly OpenOperation[],
): Promise<readonly Remains[]> {
  const servers = serversOf(world.estate);
  if (servers.length === 0) {
    return [];
  }
  const [answers, folders] = await Promise.all([
    Promise.all(servers.map((server) => databasesOn(server, world))),
    foldersOf(world.estate, tenants),
  ]);
  const answered = answers.filter((answer) => answer !== null);
  const found: Found = {
    ...{ folders, tenants },
    databases: answered.flat(),
    servers: servers.filter((_, index) => answers[index] !== null),
  };
  return remainsOf(found, new Set(running.map(({ operation }) => operation)));
}

/** Where the estate names a login that makes databases. */
function serversOf({ postgres, backups }: World['estate']): readonly string[] {
  const restoring = Object.entries(postgres).flatMap(([name, { restore }]) => (restore === undefined ? [] : [name]));
  return [...new Set([...restoring, ...(backups?.recovery === undefined ? [] : [backups.recovery.postgres])])];
}

async function databasesOn(server: string, { postgres }: World): Promise<Found['databases'] | null> {
  try {
    const rows = await (await postgres(server)).query(
      {
        text: `SELECT d.datname::text AS name, shobj_description(d.oid, 'pg_database') AS comment,
  CASE WHEN pg_has_role('pg_read_all_stats', 'MEMBER') THEN pg_database_size(d.oid)::float8 END AS size
FROM pg_database d WHERE NOT d.datistemplate`,
      },
      { deadlineMs: 5_000 },
    );
    return rows.map(({ name, comment, size }) => ({
      ...{ server, name: String(name), comment: typeof comment === 'string' ? comment : null },
      size: typeof size === 'number' ? size : null,
    }));
  } catch (error) {
    if (error instanceof ReadFailure) {
      return null;
    }
    throw error;
  }
}

/** The recovery's own folder, and those beside the filestores of tenants; a disk that is not mounted here has nothing to say. */
async function foldersOf({ backups }: World['estate'], tenants: readonly Tenant[]): Promise<readonly FoundFolder[]> {
  const recovery = backups?.recovery;
  const ours = recovery === undefined ? [] : [{ place: recovery.filestore, server: recovery.postgres, isOurs: true }];
  const beside = tenants.flatMap(({ filestore, postgres: server }) =>
    filestore !== undefined && 'path' in filestore && server !== null
      ? [{ place: dirname(filestore.path), server, isOurs: false }]
      : [],
  );
  const places = new Map([...beside, ...ours].map((place) => [`${place.place} ${place.server}`, place]));
  const found = await Promise.all(
    [...places.values()].map(async (place) => {
      const entries = await readdir(place.place, { withFileTypes: true }).catch(() => []);
      return entries.filter((entry) => entry.isDirectory()).map(({ name }) => ({ ...place, name }));
    }),
  );
  return found.flat();
}

/** Those whose process has died are over, whether or not anybody has written so. */
export async function runningNow({ ledger }: Pick<PlanWorld, 'ledger'>): Promise<readonly OpenOperation[]> {
  const { operations } = await ledger.state();
  return [...operations.values()].filter((operation) => ledger.leases.view(operation).life !== 'lapsed');
}
