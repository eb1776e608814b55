import type { ObjectReader } from '#systems/storage/store.ts';
import type { BackupProof } from './manifest.ts';
import { type ReadManifest, readManifest, readSignature } from './manifest-file.ts';
import { type SignatureState, signatureState } from './signature.ts';

export interface OpenedBackup extends ReadManifest {
  readonly signature: SignatureState;
}

/** A backup's manifest with what its signature is worth; its bytes come by `openSealed`. Throws as `readManifest` does. */
export async function openBackup(
  store: ObjectReader,
  { tenant, backup }: { readonly tenant: string; readonly backup: string },
  trusted: readonly string[],
): Promise<OpenedBackup> {
  const [read, signature] = await Promise.all([
    readManifest(store, tenant, backup),
    readSignature(store, tenant, backup),
  ]);
  return { ...read, signature: signatureState(read.bytes, signature, trusted) };
}

/** The first check of every proof: a manifest that somebody else may have written proves nothing of ours. */
export function signatureCheck(signature: SignatureState): BackupProof['checks'][number] {
  const words: Readonly<Record<SignatureState, readonly ['ok' | 'failed' | 'not-done', string]>> = {
    good: ['ok', 'signed by a key that the estate names'],
    wrong: ['failed', 'the signature of its manifest is not one that the estate knows'],
    unsigned: ['not-done', 'its manifest is not signed'],
    unchecked: ['not-done', 'its manifest is signed, and the estate names no key to hold it against'],
  };
  const [status, message] = words[signature];
  return { check: 'signature', status, message };
}
