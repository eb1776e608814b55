import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Estate } from '#estate/estate.ts';
import type { Invocation } from '#grammar/command.ts';
import { usageError } from '#grammar/usage-error.ts';
import { anchorCheckpoint, heldBy } from '#ledger/anchors/anchor-checkpoint.ts';
import { announced } from '#ledger/export/export-entries.ts';
import type { Ledger } from '#ledger/ledger.ts';
import { type MadePack, makePack } from '#ledger/pack/make-pack.ts';
import { makeCheckpoint } from '#ledger/proof/checkpoint.ts';
import { Keyring, usable } from '#ledger/proof/keyring.ts';
import { readLastSigned } from '#ledger/proof/last-signed.ts';
import type { Signer } from '#ledger/proof/signer.ts';
import type { Filter } from '#ledger/query.ts';
import { noEvidence } from '#ledger/verifier/evidence.ts';
import { verifierKey } from '#ledger/verifier/note.ts';
import { clean } from '#text/clean.ts';
import { type ExitCode, exitCodes, TillError } from '#text/till-error.ts';
import { openAnchors, proofFolders } from './anchors.ts';

interface Order {
  readonly estate: Estate;
  readonly ledger: Ledger;
  readonly filter: Filter;
  readonly out: string;
}

/** Records the export, has the ledger signed and anchored as it then is, and makes the pack. */
export async function exportPack({ estate, ledger, filter, out }: Order, invocation: Invocation): Promise<ExitCode> {
  const { io } = invocation;
  const verifier = verifierFile();
  const given = keysGiven(invocation);
  const { first, last } = await announced({ ledger, estateId: estate.id, filter, format: 'pack' });
  if (first === null || last === null) {
    throw usageError(
      'nothing was recorded in that span',
      { name: 'audit export' },
      'till audit list shows what there is',
    );
  }
  const now = io.clock.now();
  const anchors = await openAnchors(estate, invocation);
  const folders = proofFolders(estate, io.env);
  const state = await ledger.state();
  const signer = signerHere(new Keyring(folders.keys, estate.id), state, now);
  if (signer !== null) {
    const heldOutside = async () => (await heldBy(anchors, estate.id)).notes;
    const made = await makeCheckpoint({
      ...{ ledger, estateId: estate.id, signer, folder: folders.signed, now, heldOutside },
    });
    for (const { anchor, message } of (await anchorCheckpoint(made, anchors)).filter(
      (one) => one.status === 'failed',
    )) {
      io.err(`anchor ${clean(anchor)} does not have the checkpoint: ${clean(message ?? '')}\n`);
    }
  }
  const held = await heldBy(anchors, estate.id);
  const own = readLastSigned(folders.signed);
  const notes = [...held.notes, ...(own === null ? [] : [{ note: own.note, anchor: 'signed here', at: own.at }])];
  const { heartbeat = null, allowedTail = 900 } = estate.ledger?.checkpoints ?? {};
  const { times, unreachable } = held;
  const verdict = await ledger.verify({
    evidence: { ...noEvidence, notes, times, unreachable, heartbeat, allowedTail, now },
  });
  const made = await makePack({
    ...{ ledger, estate: { id: estate.id, name: estate.name }, span: { first, last }, notes, signer, verdict, now },
    query: { from: instant(filter.since), to: instant(filter.until) },
    keys: given.length > 0 ? given : usable(state, now).map(({ vkey }) => vkey),
    ...{ verifier, out, signal: io.signal },
  });
  io.out(`${summary(made).join('\n')}\n`);
  return made.verified.exit === 0 && made.isSigned ? exitCodes.ok : exitCodes.checkFalse;
}

function summary({ path, files, verified, isSigned }: MadePack): readonly string[] {
  return [
    ...files.map(({ path: name, rows }) => `  ${name}${rows === null ? '' : `  ${rows}`}`),
    clean(verified.text.split('\n')[1] ?? ''),
    ...(isSigned ? [] : ['✖ the manifest is signed by nobody: no key that is held here may sign (till ledger key)']),
    clean(path),
  ];
}

function signerHere(keys: Keyring, state: Awaited<ReturnType<Ledger['state']>>, now: number): Signer | null {
  try {
    return keys.signerNow(state, now, null);
  } catch (error) {
    if (error instanceof TillError && (error.reason === 'no-key' || error.reason === 'key-not-in-use')) {
      return null;
    }
    throw error;
  }
}

function keysGiven(invocation: Invocation): readonly string[] {
  const keys = invocation.values('key');
  const wrong = keys.find((key) => verifierKey(key) === null);
  if (wrong !== undefined) {
    throw usageError(`"${wrong}" is no public key`, { name: 'audit export' }, 'till ledger key list -o name');
  }
  return keys;
}

/** It lies beside the bundle, and in `dist` where till runs from its source. */
function verifierFile(): string {
  const places = ['./till-verify.mjs', '../../dist/till-verify.mjs'].map((path) =>
    fileURLToPath(new URL(path, import.meta.url)),
  );
  const found = places.find((path) => existsSync(path));
  if (found === undefined) {
    throw new TillError('the verifier that goes into a pack is not beside till', {
      ...{ exit: exitCodes.failed, reason: 'no-verifier' },
      next: 'install till again; from its source, `npm run build` makes it',
    });
  }
  return found;
}

function instant(at: number | undefined): string | null {
  return at === undefined ? null : new Date(at).toISOString();
}
