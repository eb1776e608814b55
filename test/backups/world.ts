import { execFileSync } from 'node:child_process';
import { createHash, type KeyObject, randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { indexLine } from '#backups/filestore-index.ts';
import { configurationKey, databaseKey, indexKey, packKey } from '#backups/layout.ts';
import type { Manifest, Part } from '#backups/manifest.ts';
import { writeManifest } from '#backups/manifest-file.ts';
import { type Sealing, sealingPrograms } from '#backups/open-sealed.ts';
import { ulidMaker } from '#ledger/ulid.ts';
import type { ObjectStore } from '#systems/storage/store.ts';
import { programsEnv } from '../backup-programs.ts';
import { bytesOf, operation } from '../systems/storage/world.ts';

export interface Keys {
  readonly identity: string;
  readonly recipient: string;
}

/** Programs and a key pair, as an estate has them. */
export async function sealingKeys(): Promise<{ readonly keys: Keys; readonly programs: Sealing['programs'] }> {
  const programs = await sealingPrograms(await programsEnv());
  const text = execFileSync(join(dirname(programs.age.path), 'age-keygen'), {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const identity = /AGE-SECRET-KEY-1\w+/.exec(text)?.[0] ?? '';
  const recipient = /age1[0-9a-z]+/.exec(text)?.[0] ?? '';
  return { keys: { identity, recipient }, programs };
}

export function sealed(bytes: Buffer, { recipient }: Keys, programs: Sealing['programs']): Buffer {
  return execFileSync(programs.age.path, ['-r', recipient], { input: zstdCompressSync(bytes), maxBuffer: 1024 ** 3 });
}

export const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
export const sha1 = (bytes: Buffer) => createHash('sha1').update(bytes).digest('hex');

export async function putPart(store: ObjectStore, key: string, bytes: Buffer): Promise<Part> {
  return store.put(operation, key, bytes);
}

/** Ids that sort by the time given. */
export function idAt(at: number): string {
  return ulidMaker({ clock: { now: () => at }, random: (count) => randomBytes(count) })();
}

export interface Made {
  readonly tenant?: string;
  /** Epoch milliseconds of its snapshot. */
  readonly at?: number;
  readonly dump?: Buffer;
  readonly files?: readonly Buffer[];
  readonly parts?: number;
  /** What its manifest says of the database, where there is one. */
  readonly database?: Partial<Manifest['database']>;
  readonly odoo?: Manifest['odoo'];
  readonly missing?: readonly string[];
  readonly signing?: KeyObject;
}

/** A manifest with nothing behind it. */
export function aManifest(overrides: Partial<Manifest> = {}): Manifest {
  const at = overrides.snapshotAt ?? '2026-11-22T01:00:00.000Z';
  return {
    ...{ apiVersion: 'till/v1', kind: 'BackupManifest', backup: idAt(Date.parse(at)), tenant: 'maple-toys' },
    ...{ estate: 'sandbox', snapshotAt: at, startedAt: at, endedAt: at, till: '0.1.0' },
    database: {
      ...{ name: 'maple_toys', server: 'pg-1', serverVersion: '15.18', dumpVersion: '15.18', format: 'custom' },
      ...{ size: 1_000, encoding: 'UTF8', collation: 'C.UTF-8', sha256: '0'.repeat(64), dumped: 0, parts: [] },
      ...{ tables: 1, indexes: 1, constraints: 1, counted: [] },
    },
    ...{ filestore: null, configuration: null },
    odoo: { series: '17.0', modules: {}, images: {} },
    encryption: { format: 'age', recipients: [] },
    ...overrides,
  };
}

/** A whole backup as `till backup` writes it, of a dump and files made up. */
export async function aBackup(
  store: ObjectStore,
  keys: Keys,
  programs: Sealing['programs'],
  made: Made = {},
): Promise<{ readonly manifest: Manifest; readonly sha256: string }> {
  const { tenant = 'maple-toys', at = Date.parse('2026-11-22T01:00:00Z'), files = [], parts = 3 } = made;
  const dump = made.dump ?? randomBytes(20_000);
  const backup = idAt(at);
  const cipher = sealed(dump, keys, programs);
  const step = Math.ceil(cipher.length / parts);
  const database: Part[] = [];
  for (let number = 0; number * step < cipher.length; number += 1) {
    const piece = cipher.subarray(number * step, (number + 1) * step);
    database.push(await putPart(store, databaseKey(tenant, backup, number), piece));
  }
  const pack = sha256(Buffer.from(files.map(sha1).join()));
  const packPart = files.length === 0 ? [] : [await packOf(store, packKey(tenant, pack), files, keys, programs)];
  const lines = files.map((file) => indexLine({ path: pathOf(file), size: file.length, pack }));
  const index = await putPart(store, indexKey(tenant, backup), sealed(Buffer.from(lines.join('')), keys, programs));
  const configuration = await putPart(
    store,
    configurationKey(tenant, backup),
    sealed(Buffer.from('{"objects":[]}'), keys, programs),
  );
  const plain = aManifest({ tenant, backup, snapshotAt: new Date(at).toISOString() });
  const manifest: Manifest = {
    ...plain,
    database: { ...plain.database, ...made.database, sha256: sha256(dump), dumped: dump.length, parts: database },
    filestore: {
      ...{ files: files.length, size: files.reduce((sum, file) => sum + file.length, 0) },
      ...{ index, packs: packPart, added: packPart.length, missing: [...(made.missing ?? [])] },
    },
    ...(made.odoo === undefined ? {} : { odoo: made.odoo }),
    configuration,
    encryption: { format: 'age', recipients: [keys.recipient] },
  };
  return { manifest, sha256: await writeManifest(store, operation, manifest, made.signing ?? null) };
}

/** One that is there already stays as it is: sealed anew it would be other bytes, and break the backups that share it. */
async function packOf(
  store: ObjectStore,
  key: string,
  files: readonly Buffer[],
  keys: Keys,
  programs: Sealing['programs'],
): Promise<Part> {
  if ((await store.head(key)) === null) {
    return putPart(store, key, sealed(tarOf(files), keys, programs));
  }
  const bytes = await bytesOf(await store.read(key));
  return { key, size: bytes.length, sha256: sha256(bytes) };
}

export function pathOf(file: Buffer): string {
  const sum = sha1(file);
  return `${sum.slice(0, 2)}/${sum}`;
}

/** As GNU tar writes regular files. */
export function tarOf(files: readonly Buffer[], nameOf: (file: Buffer) => string = pathOf): Buffer {
  const blocks = files.flatMap((file) => {
    const header = Buffer.alloc(512);
    header.write(nameOf(file), 0);
    header.write('0000600\0', 100);
    header.write('0000000\0', 108);
    header.write('0000000\0', 116);
    header.write(`${file.length.toString(8).padStart(11, '0')}\0`, 124);
    header.write('00000000000\0', 136);
    header.write('        ', 148);
    header.write('0', 156);
    header.write('ustar  \0', 257);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    return [header, file, Buffer.alloc((512 - (file.length % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

export async function flip(store: ObjectStore, key: string): Promise<void> {
  const bytes = await bytesOf(await store.read(key));
  const at = bytes.length >> 1;
  bytes[at] = (bytes[at] ?? 0) ^ 4;
  await store.put(operation, key, bytes);
}
