import { hash } from 'node:crypto';
import type { Signer } from '../proof/signer.ts';
import { signedNote } from '../proof/signer.ts';
import { manifestText } from '../verifier/manifest.ts';
import type { PackedFile } from './pack-folder.ts';
import type { Span } from './span.ts';

/** What a pack says of itself; `files` names everything in it but the manifest and its signature. */
export interface Manifest {
  readonly apiVersion: 'till/v1';
  readonly kind: 'EvidencePack';
  readonly estate: { readonly id: string; readonly name: string };
  readonly till: string;
  readonly madeAt: string;
  readonly query: { readonly from: string | null; readonly to: string | null };
  readonly range: Span & { readonly firstAt: string; readonly lastAt: string };
  readonly checkpoint: { readonly origin: string; readonly size: number; readonly coversTheRange: boolean } | null;
  readonly proofs: { readonly made: number; readonly of: number };
  readonly verification: { readonly reason: string; readonly exit: number };
  /** The public key; null where nobody here could sign. */
  readonly signedBy: string | null;
  readonly verifyWith: string;
  readonly files: readonly PackedFile[];
}

export function manifestJson(manifest: Manifest): string {
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

/** A signed note about the manifest's bytes: of another form than a checkpoint, so that neither can stand for the other. */
export function manifestSignature(json: string, estateId: string, signer: Signer): string {
  return signedNote(manifestText(estateId, hash('sha256', json)), signer);
}
