import { generateKeyPairSync } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openBackup } from '#backups/open-backup.ts';
import { publicKeyOf } from '#backups/signature.ts';
import type { Estate } from '#estate/estate.ts';
import { FolderStore } from '#systems/storage/folder.ts';
import { actingOn, aTenant } from '../actions/acting.ts';
import { aFolder } from '../systems/storage/world.ts';
import { database, listed, type Works } from './backing-up.ts';

/** An estate with a store and logins, acted on from plan to outcome. */
export async function anActing(
  { server, keys, env }: Works,
  fields: Partial<Estate> = {},
  { filestore, tenants = ['maple-toys'] }: { readonly filestore?: string; readonly tenants?: readonly string[] } = {},
) {
  const folder = await aFolder();
  const vault = join(folder, 'store');
  await mkdir(vault);
  const secret = async (name: string, text: string) => {
    await writeFile(join(folder, name), `${text}\n`, { mode: 0o600 });
    return { file: join(folder, name) };
  };
  const password = await secret('password', server.password);
  const { privateKey } = generateKeyPairSync('ed25519');
  const store = new FolderStore('vault', vault);
  const acting = await actingOn(
    {
      postgres: {
        'pg-1': {
          ...{ host: server.host, port: server.port, user: server.user, password, tls: 'disable' },
          ...{ database: 'postgres', backup: { user: server.user, password } },
        },
      },
      stores: { vault: { folder: { path: vault } } },
      backups: {
        ...{ store: 'vault', recipients: [keys.recipient], signers: [], concurrency: 1, programs: [] },
        signing: await secret('signing', String(privateKey.export({ type: 'pkcs8', format: 'pem' }))),
      },
      ...fields,
    },
    {
      tenants: tenants.map((name) =>
        aTenant(name, {
          ...{ postgres: 'pg-1', database },
          ...(filestore === undefined ? {} : { filestore: { path: filestore } }),
        }),
      ),
      env: { PATH: env['PATH'] ?? '' },
    },
  );
  const trusted = [publicKeyOf(privateKey)];
  const newest = async () => {
    const [entry] = (await listed(store)).backups;
    return openBackup(store, { tenant: 'maple-toys', backup: entry?.backup ?? '' }, trusted);
  };
  return { acting, store, vault, newest };
}
