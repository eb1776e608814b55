import { createHash, type KeyObject } from 'node:crypto';
import * as v from 'valibot';
import { canonical, type JsonObject } from '#ledger/canonical.ts';
import type { Operation } from '#systems/operation.ts';
import { ReadFailure } from '#systems/source.ts';
import type { ObjectReader, ObjectWriter, UploadOptions } from '#systems/storage/store.ts';
import { isWithin, manifestKey, signatureKey } from './layout.ts';
import { type BackupProof, type Manifest, manifestSchema, type Part, proofSchema } from './manifest.ts';
import { signatureOf } from './signature.ts';

/** A manifest of a hundred thousand packs is a tenth of it. */
const longest = 128 * 1024 * 1024;

/** A file of a backup that is not what it should be: said with its key, and never passed over. */
export class DamagedBackup extends Error {
  readonly key: string;
  /** It may be whole: the identity that was given is not one that opens it. */
  readonly isSealedForOthers: boolean;

  constructor(key: string, message: string, isSealedForOthers = false) {
    super(`${key}: ${message}`);
    this.name = 'DamagedBackup';
    this.key = key;
    this.isSealedForOthers = isSealedForOthers;
  }
}

export function manifestBytes(manifest: Manifest): Buffer {
  return Buffer.from(canonical(v.parse(manifestSchema, manifest) as JsonObject));
}

/**
 * The commit marker (facts: data-tier.md §2.1): called when every child has ended well and every part is in the store. The
 * signature goes first, so that there is never a manifest whose signature is on its way. Returns the manifest's SHA-256.
 */
export async function writeManifest(
  store: ObjectWriter,
  operation: Operation,
  manifest: Manifest,
  signing: KeyObject | null,
  options: Pick<UploadOptions, 'lockUntil' | 'signal'> = {},
): Promise<string> {
  const { tenant, backup } = manifest;
  const bytes = manifestBytes(manifest);
  parsedManifest(manifestKey(tenant, backup), bytes, { tenant, backup });
  if (signing !== null) {
    await store.put(operation, signatureKey(tenant, backup), Buffer.from(signatureOf(bytes, signing)), options);
  }
  const { sha256 } = await store.put(operation, manifestKey(tenant, backup), bytes, { ...options, ifAbsent: true });
  return sha256;
}

export interface ReadManifest {
  readonly manifest: Manifest;
  readonly bytes: Buffer;
  readonly sha256: string;
}

/** Throws ReadFailure when it is not there, DamagedBackup when it is not one. */
export async function readManifest(store: ObjectReader, tenant: string, backup: string): Promise<ReadManifest> {
  const key = manifestKey(tenant, backup);
  const bytes = await readSmall(store, key);
  const manifest = parsedManifest(key, bytes, { tenant, backup });
  return { manifest, bytes, sha256: createHash('sha256').update(bytes).digest('hex') };
}

/** Null where there is none. */
export async function readSignature(store: ObjectReader, tenant: string, backup: string): Promise<string | null> {
  const key = signatureKey(tenant, backup);
  return (await store.head(key)) === null ? null : (await readSmall(store, key)).toString('utf8');
}

export function parsedManifest(
  key: string,
  bytes: Uint8Array,
  { tenant, backup }: { readonly tenant: string; readonly backup: string },
): Manifest {
  const manifest = parsed(manifestSchema, key, bytes);
  if (manifest.tenant !== tenant || manifest.backup !== backup) {
    throw new DamagedBackup(key, `it is the manifest of backup ${manifest.backup} of ${manifest.tenant}`);
  }
  const astray = partsOf(manifest).find((part) => !isWithin(part, tenant, backup));
  if (astray !== undefined) {
    throw new DamagedBackup(key, `it names ${astray.key}, which is no part of it`);
  }
  return manifest;
}

export function parsedProof(
  key: string,
  bytes: Uint8Array,
  { tenant, backup }: { readonly tenant: string; readonly backup: string },
): BackupProof {
  const proof = parsed(proofSchema, key, bytes);
  if (proof.tenant !== tenant || proof.backup !== backup) {
    throw new DamagedBackup(key, `it is a proof of backup ${proof.backup} of ${proof.tenant}`);
  }
  return proof;
}

/** Every object that the backup needs, its packs included. */
export function partsOf({ database, filestore, configuration }: Manifest): readonly Part[] {
  return [
    ...database.parts,
    ...(filestore === null ? [] : [filestore.index, ...filestore.packs]),
    ...(configuration === null ? [] : [configuration]),
  ];
}

export async function readSmall(store: ObjectReader, key: string): Promise<Buffer> {
  const source = await store.read(key);
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of source as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > longest) {
      source.destroy();
      throw new ReadFailure('unsupported', `${store.name}: ${key} is too long to be what it is named`);
    }
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function parsed<Schema extends v.GenericSchema>(schema: Schema, key: string, bytes: Uint8Array): v.InferOutput<Schema> {
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    throw new DamagedBackup(key, 'it is no JSON');
  }
  const result = v.safeParse(schema, json);
  if (!result.success) {
    const [issue] = result.issues;
    throw new DamagedBackup(key, `${v.getDotPath(issue) ?? 'it'}: ${issue.message}`);
  }
  return result.output;
}
