import { dirname, join } from 'node:path';
import type { FileLedgerOptions } from '#ledger/file-store.ts';
import type { Ledger } from '#ledger/ledger.ts';
import { type Made, type MakingCheckpoint, makeCheckpoint } from '#ledger/proof/checkpoint.ts';
import { Keyring } from '#ledger/proof/keyring.ts';
import type { Signer } from '#ledger/proof/signer.ts';
import { clockAt, estateId, intent, ledgerIn, newFolder, outcome } from '../world.ts';

export { estateId };

/** A file ledger with a key in use, and where its signer keeps things. */
export async function signedLedger(options: Partial<FileLedgerOptions> = {}) {
  const folder = await newFolder();
  const home = dirname(folder);
  const clock = clockAt();
  const ledger = ledgerIn(folder, { clock, ...options });
  const ring = new Keyring(join(home, 'keys'), estateId);
  const signer = ring.make();
  const from = new Date(clock.now()).toISOString();
  await ledger.append({
    kind: 'ledger',
    phase: 'key',
    params: { vkey: signer.vkey, status: 'added', from, until: null },
  });
  const signed = join(home, 'checkpoints');
  const make = (fields: Partial<MakingCheckpoint> = {}): Promise<Made> =>
    makeCheckpoint({
      ...{ ledger, estateId, signer, folder: signed, now: clock.now() },
      heldOutside: async () => [],
      ...fields,
    });
  return { folder, home, clock, ledger, ring, signer: signer as Signer, signed, make };
}

/** So many operations from beginning to end, two entries each. */
export async function work(ledger: Ledger, operations: number): Promise<void> {
  for (let count = 0; count < operations; count += 1) {
    const begun = intent();
    await ledger.append(begun);
    await ledger.append(outcome(begun.operation));
  }
}
