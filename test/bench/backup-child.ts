// One backup as the worker makes it, in a process of its own whose memory is measured: `backup-child.ts` with ASKED, JSON.

import { readCatalogue } from '#backups/catalogue.ts';
import { sealingPrograms } from '#backups/open-sealed.ts';
import { type FilestoreAsked, keepingIn } from '#backups/packing/back-up.ts';
import { folderSource } from '#backups/packing/folder-source.ts';
import { postgresPrograms } from '#backups/programs.ts';
import { makeBackup } from '#backups/write/backup.ts';
import type { Operation } from '#systems/operation.ts';
import { openDatabaseLogin } from '#systems/postgres/login-open.ts';
import { FolderStore } from '#systems/storage/folder.ts';
import { systemClock } from '#text/clock.ts';
// Loaded, because a worker has it in memory too.
import '#actions/operate.ts';

export interface AskedOfChild {
  readonly backup: string;
  readonly server: { readonly host: string; readonly port: number; readonly user: string; readonly password: string };
  readonly database: string;
  readonly store: string;
  readonly recipient: string;
  readonly filestore: string | null;
  readonly state: string;
}

export interface ToldByChild {
  readonly ms: number;
  /** KiB. */
  readonly peak: number;
  readonly phases: Readonly<Record<string, number>>;
  readonly dumped: number;
  readonly files: number | null;
  readonly added: number | null;
}

const {
  backup,
  server,
  database,
  store: path,
  recipient,
  filestore,
  state,
}: AskedOfChild = JSON.parse(process.env['ASKED'] ?? '');
const env = process.env;
const [postgres, programs] = await Promise.all([postgresPrograms(15, env), sealingPrograms(env)]);
const store = new FolderStore('vault', path);
const kept = { read: async () => undefined, write: async () => undefined };
const earlier = (await readCatalogue({ store, trusted: [], kept, tenants: ['bench'] })).backups;
const asked: FilestoreAsked | null =
  filestore === null
    ? null
    : {
        ...{ source: folderSource(filestore), earlier, programs, identity: null, folder: state },
        keep: keepingIn(state, 'bench'),
      };
const phases: Record<string, number> = {};
let [phase, since] = ['', performance.now()];
const { password, ...address } = server;
const began = performance.now();
const { manifest } = await makeBackup({
  ...{
    operation: { id: backup, action: 'backup' } as unknown as Operation,
    estate: 'bench',
    tenant: 'bench',
    database,
  },
  login: openDatabaseLogin({
    name: 'pg-1',
    server: { ...address, tls: 'disable', database: 'postgres' },
    password: async () => password,
    address: async () => address,
  }),
  ...{ store, sealer: { programs, recipients: [recipient] }, postgres, signing: null, budget: undefined },
  ...{ filestore: asked, clock: systemClock, env, signal: new AbortController().signal },
  configuration: async () => ({ json: {}, images: {}, notRead: [] }),
  hearing: {
    ...{ dumped: () => undefined, newFiles: () => undefined, packed: () => undefined },
    phase(next) {
      phases[phase] = performance.now() - since;
      [phase, since] = [next, performance.now()];
    },
  },
});
const told: ToldByChild = {
  ...{ ms: performance.now() - began, peak: process.resourceUsage().maxRSS, phases },
  dumped: manifest.database.dumped,
  files: manifest.filestore?.files ?? null,
  added: manifest.filestore?.added ?? null,
};
process.stdout.write(JSON.stringify(told));
