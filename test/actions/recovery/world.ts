import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ActWorld } from '#actions/action.ts';
import { licence } from '#actions/licence.ts';
import type { RecoveryPlace } from '#actions/recovery/recover.ts';
import type { Estate } from '#estate/estate.ts';
import { FolderStore } from '#systems/storage/folder.ts';
import { systemClock } from '#text/clock.ts';
import { idAt, type Keys } from '../../backups/world.ts';
import type { TestPostgres } from '../../servers.ts';
import { aFolder } from '../../systems/storage/world.ts';
import { actingOn, aTenant } from '../acting.ts';

/** Their logins' passwords, as an environment has them. */
export const secrets = { MONITOR: 'monitor', BACKUP: 'backup', RESTORE: 'restore' } as const;

/** An estate of one shop on one server, with a store, a place for files, and nothing in them yet. */
export async function anEstateOn(
  server: TestPostgres,
  keys: Keys,
  fields: Partial<Estate> = {},
  signers: readonly string[] = [],
) {
  const folder = await aFolder();
  const [path, filestores, identity] = ['store', 'filestore', 'identity'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  await mkdir(path);
  await mkdir(join(filestores, 'maple_toys'), { recursive: true });
  await writeFile(identity, `${keys.identity}\n`, { mode: 0o600 });
  const store = new FolderStore('vault', path);
  const acting = await actingOn(
    {
      stores: { vault: { folder: { path } } },
      postgres: {
        'pg-1': {
          ...{ host: server.host, port: server.port, user: 'till_monitor', tls: 'disable', database: 'postgres' },
          password: { env: 'MONITOR' },
          backup: { user: 'till_backup', password: { env: 'BACKUP' } },
          restore: { user: 'till_restore', password: { env: 'RESTORE' } },
        },
      } as Estate['postgres'],
      backups: {
        ...{ store: 'vault', recipients: [keys.recipient], signers: [...signers], concurrency: 1, programs: [] },
        identity: { file: identity },
      },
      ...fields,
    },
    {
      tenants: [
        aTenant('maple-toys', {
          postgres: 'pg-1',
          database: 'maple_toys',
          filestore: { path: join(filestores, 'maple_toys') },
        }),
      ],
      env: secrets,
    },
  );
  const place: RecoveryPlace = { server: 'pg-1', purpose: 'restore', filestore: filestores };
  const stop = new AbortController();
  const world: ActWorld = {
    ...acting.context,
    ...{ signal: stop.signal, deadline: systemClock.monotonic() + 600_000, progress: () => undefined },
  };
  return { acting, store, folder, filestores, place, world, stop };
}

/** Each recovery is an operation of its own. */
export function anOperation(action = 'restore') {
  return licence(idAt(Date.now()), action);
}
