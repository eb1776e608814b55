import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { onTestFinished } from 'vitest';
import { licence } from '#actions/licence.ts';
import { FolderStore } from '#systems/storage/folder.ts';
import { S3Store } from '#systems/storage/s3.ts';
import type { Pace } from '#systems/storage/s3-door.ts';
import type { ObjectReader } from '#systems/storage/store.ts';
import { systemClock } from '#text/clock.ts';
import { type S3Server, type S3ServerOptions, s3Keys, s3Server } from '../../s3-server.ts';

export const operation = licence('01JTEST0000000000000000000', 'backup');

/** As patient as the usual one, and quicker. */
export const quick: Pace = { attempts: 4, firstMs: 1, longestMs: 5, answerMs: 2_000 };

export async function aFolder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'till-store-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

export async function aFolderStore(): Promise<{ readonly store: FolderStore; readonly path: string }> {
  const path = await aFolder();
  return { store: new FolderStore('vault', path), path };
}

export interface S3Given extends S3ServerOptions {
  readonly checksums?: 'sha256' | 'md5';
  readonly lockSeconds?: number;
  readonly partSize?: number;
  readonly prefix?: string;
  readonly keys?: () => { readonly accessKey: string; readonly secretKey: string };
}

export async function anS3Store(given: S3Given = {}): Promise<{ readonly store: S3Store; readonly server: S3Server }> {
  const server = await s3Server({ bucket: 'backups', lock: false, smallParts: true, ...given });
  const store = storeAt(server, given);
  return { store, server };
}

export function storeAt(server: Pick<S3Server, 'url' | 'region'>, given: S3Given = {}): S3Store {
  const { checksums = 'sha256', lockSeconds, partSize = 1024, prefix = 'estate/eu', keys = () => s3Keys } = given;
  const store = new S3Store({
    name: 'vault',
    config: {
      ...{ endpoint: server.url, bucket: 'backups', prefix, region: server.region, checksums },
      ...{ accessKey: { env: 'ACCESS' }, secretKey: { env: 'SECRET' } },
      ...(lockSeconds === undefined ? {} : { lock: lockSeconds }),
    },
    secret: async (reference) =>
      'env' in reference && reference.env === 'ACCESS' ? keys().accessKey : keys().secretKey,
    clock: systemClock,
    pace: quick,
    partSize,
  });
  onTestFinished(() => store.close());
  return store;
}

export async function keysOf(store: ObjectReader, prefix = ''): Promise<readonly string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list(prefix)) {
    keys.push(key);
  }
  return keys;
}

export async function bytesOf(source: Readable): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of source as AsyncIterable<Buffer>) {
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** In chunks of an odd size, so that they never end where a part does. */
export function flowing(bytes: Buffer, chunk = 333): Readable {
  return Readable.from(
    (function* () {
      for (let at = 0; at < bytes.length; at += chunk) {
        yield bytes.subarray(at, at + chunk);
      }
    })(),
    { objectMode: false },
  );
}
