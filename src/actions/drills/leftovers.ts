import { readdir } from 'node:fs/promises';
import { scratchName } from '#backups/database-mark.ts';
import { operationIn } from '#backups/leftovers.ts';
import type { DatabaseLogin } from '#systems/postgres/login.ts';
import type { PlanWorld } from '../action.ts';
import { databasesOf } from '../recovery/databases.ts';
import { maintenanceOf } from '../recovery/discard.ts';
import type { RecoveryPlace } from '../recovery/recover.ts';
import type { ServePlace } from './place.ts';
import { servedBy } from './serving/unserve.ts';

/** What a drill has left: nothing of it is needed by anybody. */
export interface Leftover {
  readonly operation: string;
  /** `database till_…`, `folder till_…`, `Pod till-…`. */
  readonly what: readonly string[];
}

export interface Leftovers {
  /** Of drills that this ledger knows and that have ended: the next drill clears them away. */
  readonly dead: readonly Leftover[];
  /** Of an operation that this ledger does not know: named, and left alone. */
  readonly strange: readonly Leftover[];
}

/** What is there of drills that do not run, and of `died`, which is still open in the ledger. Throws ReadFailure. */
export async function leftoversAt(
  place: RecoveryPlace,
  serve: ServePlace | null,
  world: Pick<PlanWorld, 'login' | 'cluster' | 'ledger' | 'estate'>,
  died?: string,
): Promise<Leftovers> {
  const found = [
    ...(await scratchDatabases(await world.login(place.server, place.purpose), maintenanceOf(place.server, world))),
    ...(await scratchFolders(place)),
    ...(serve === null
      ? []
      : (await servedBy(null, serve, await world.cluster(serve.cluster))).map(({ operation, kind, name }) => ({
          operation,
          what: `${kind} ${serve.namespace}/${name}`,
        }))),
  ];
  const { operations: open } = await world.ledger.state();
  const dead: Leftover[] = [];
  const strange: Leftover[] = [];
  for (const [operation, parts] of Map.groupBy(found, (one) => one.operation)) {
    if (operation === died || !open.has(operation)) {
      const leftover = { operation, what: parts.map(({ what }) => what) };
      ((await isDrillOfOurs(operation, world)) ? dead : strange).push(leftover);
    }
  }
  return { dead, strange };
}

async function isDrillOfOurs(operation: string, { ledger }: Pick<PlanWorld, 'ledger'>): Promise<boolean> {
  for await (const entry of ledger.newest({ operation, phase: 'intent', limit: 1 })) {
    return entry.action === 'drill';
  }
  return false;
}

interface Found {
  readonly operation: string;
  readonly what: string;
}

async function scratchDatabases(login: DatabaseLogin, maintenance: string): Promise<readonly Found[]> {
  const session = await login.reading(maintenance, { statementMs: 15_000 });
  try {
    return (await databasesOf(session)).flatMap(({ name, mark }) => {
      const operation = ownerOf(name);
      // A restore's own is somebody's. Without a comment it is one that was killed in its first moment.
      return operation === null || (mark !== null && mark.till !== 'scratch')
        ? []
        : [{ operation, what: `database ${name}` }];
    });
  } finally {
    await session.close();
  }
}

/** A folder goes with its database; one that is left without it is found by its name. */
async function scratchFolders({ filestore }: RecoveryPlace): Promise<readonly Found[]> {
  const names = filestore === null ? [] : await readdir(filestore).catch(() => []);
  return names.flatMap((name) => {
    const operation = ownerOf(name);
    return operation === null ? [] : [{ operation, what: `folder ${name}` }];
  });
}

/** `till_…` alone: what was live before a swap has its own name before that. */
function ownerOf(name: string): string | null {
  const operation = operationIn(name);
  return operation !== null && scratchName(operation) === name ? operation : null;
}
