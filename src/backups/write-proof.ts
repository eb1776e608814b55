import * as v from 'valibot';
import { canonical, type JsonObject } from '#ledger/canonical.ts';
import type { Operation } from '#systems/operation.ts';
import type { ObjectReader, ObjectWriter } from '#systems/storage/store.ts';
import { proofKey } from './layout.ts';
import { type BackupProof, proofSchema } from './manifest.ts';
import { parsedProof, readSmall } from './manifest-file.ts';

/** `verify`, `restore`, `drill`: what made it. One object a proof, named by its operation, so that it is found again. */
export async function writeProof(
  store: ObjectWriter,
  operation: Operation,
  kind: string,
  proof: BackupProof,
): Promise<{ readonly key: string; readonly sha256: string }> {
  const key = proofKey(proof.tenant, proof.backup, kind, operation.id);
  const bytes = Buffer.from(canonical(v.parse(proofSchema, proof) as JsonObject));
  const { sha256 } = await store.put(operation, key, bytes);
  return { key, sha256 };
}

/** The proof that an operation wrote; null when it wrote none. */
export async function readProof(
  store: ObjectReader,
  kind: string,
  { tenant, backup, operation }: Pick<BackupProof, 'tenant' | 'backup' | 'operation'>,
): Promise<BackupProof | null> {
  const key = proofKey(tenant, backup, kind, operation);
  return (await store.head(key)) === null ? null : parsedProof(key, await readSmall(store, key), { tenant, backup });
}
