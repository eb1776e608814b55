import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ledgerFolder, secretsOf } from '#actions/context.ts';
import { anchorCheckpoint, heldBy } from '#ledger/anchors/anchor-checkpoint.ts';
import { anchorsOf } from '#ledger/anchors/from-estate.ts';
import type { LedgerEntry } from '#ledger/entry.ts';
import { checkpointDue, isAnchoredAtOnce, makeCheckpoint } from '#ledger/proof/checkpoint.ts';
import { Keyring } from '#ledger/proof/keyring.ts';
import { readLastSigned } from '#ledger/proof/last-signed.ts';
import type { AgentDuty, AgentWorld } from '../duty.ts';

/** The file that holds the signing key, where it is not beside the agent's own state: a pod's does not outlive it. */
const keyVariable = 'TILL_CHECKPOINT_KEY_FILE';

/**
 * Signs the ledger as it is and has its anchors keep that: in the estate's rhythm, at once after break-glass and whatever changes who may
 * do what, and as a sign of life when nothing happens. Without a key nothing is due: `till ledger key new` makes one.
 */
export const duty: AgentDuty = {
  name: 'checkpoints',
  everyMs: 2_000,
  async due(world) {
    const { estate, ledger, env } = world;
    const folders = foldersOf(world);
    const path = env[keyVariable];
    const secret = path === undefined || path === '' ? null : await readFile(path, 'utf8');
    const keyring = new Keyring(folders.keys, estate.id);
    if (estate.ledger === undefined || (secret === null && keyring.held().length === 0)) {
      return [];
    }
    const now = await world.now();
    const { every, heartbeat } = estate.ledger.checkpoints;
    const last = readLastSigned(folders.signed);
    const reason = checkpointDue(last, await headOf(world, last?.size ?? 0), now, { every, heartbeat });
    if (reason === null) {
      return [];
    }
    const run = async () => {
      const signer = keyring.signerNow(await ledger.state(), now, secret);
      const anchors = await anchorsOf({
        ...{
          estate,
          folder: folders.anchors,
          now: () => world.clock.now(),
          secret: secretsOf(estate, world.clock, env),
        },
        ledgerFolder: estate.ledger?.postgres === undefined ? folders.ledger : null,
      });
      const made = await makeCheckpoint({
        ...{ ledger, estateId: estate.id, signer, folder: folders.signed, now },
        heldOutside: async () => (await heldBy(anchors, estate.id)).notes,
      });
      const taken = await anchorCheckpoint(made, anchors);
      const failed = taken.filter(({ status }) => status === 'failed');
      if (failed.length > 0) {
        throw new Error(
          `checkpoint ${made.size} is not kept by ${failed.map(({ anchor, message }) => `${anchor} (${message})`).join(', ')}`,
        );
      }
      return `checkpoint ${made.size} (${reason}) kept by ${taken.map(({ anchor }) => anchor).join(', ') || 'nobody outside'}`;
    };
    return [{ subject: 'head', run }];
  },
};

function foldersOf({ estate, env }: AgentWorld) {
  const ledger = ledgerFolder(estate, env);
  const home = dirname(ledger);
  return { ledger, keys: join(home, 'keys'), signed: join(home, 'checkpoints'), anchors: join(home, 'anchors') };
}

/** How far the ledger is, and whether something since is anchored without waiting. */
async function headOf({ ledger }: AgentWorld, signed: number) {
  let seq = 0;
  let atOnce = false;
  for await (const entry of ledger.newest({ fromSeq: signed + 1, limit: 1_000 })) {
    seq = Math.max(seq, entry.seq);
    atOnce ||= isAnchoredAtOnce(entry satisfies LedgerEntry);
  }
  return { seq: Math.max(seq, signed), isAnchoredAtOnce: atOnce };
}
