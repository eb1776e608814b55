import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Outgoing } from '#ledger/anchors/anchor.ts';
import { signedNote } from '#ledger/proof/signer.ts';
import { checkpointText } from '#ledger/verifier/checkpoint.ts';
import { estateId, newSigner, noon, origin } from '../verifier/world.ts';

export const signer = newSigner();

export function checkpoint(size: number, fields: Partial<Outgoing> = {}): Outgoing {
  const note = signedNote(checkpointText({ origin, size, root: Buffer.alloc(32, size) }), signer);
  return { origin, size, note, at: noon + size * 1_000, isHeartbeat: false, ...fields };
}

export async function temporary(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'till-anchor-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export { estateId, noon, origin };
