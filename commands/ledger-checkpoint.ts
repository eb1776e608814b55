import { openLedger } from '#actions/context.ts';
import type { Command } from '#grammar/command.ts';
import { printOne } from '#grammar/output.ts';
import { anchorCheckpoint, heldBy, type Taken } from '#ledger/anchors/anchor-checkpoint.ts';
import { makeCheckpoint } from '#ledger/proof/checkpoint.ts';
import { Keyring } from '#ledger/proof/keyring.ts';
import { type ExitCode, exitCodes } from '#text/till-error.ts';
import { openAnchors, proofFolders, signingSecret } from './auditing/anchors.ts';

export const command: Command = {
  name: 'ledger checkpoint',
  summary: 'Sign the ledger as it is now, and have its anchors keep that',
  examples: [
    { line: 'till ledger checkpoint', note: 'sign it, and hand it to every anchor of the estate' },
    { line: 'till ledger checkpoint --anchor vault', note: 'to this one alone' },
  ],
  flags: [{ name: 'anchor', value: 'NAME', summary: 'to this anchor alone', environment: false }],
  exits: [
    { code: exitCodes.ok, when: 'every anchor has it' },
    { code: exitCodes.refused, when: 'the ledger is not what was signed before, or no key may sign' },
    { code: exitCodes.unreachable, when: 'no anchor has it' },
    { code: exitCodes.partial, when: 'some anchors have it' },
  ],
  async run(invocation) {
    const { io } = invocation;
    const estate = await invocation.estate();
    const anchors = await openAnchors(estate, invocation, invocation.value('anchor'));
    const folders = proofFolders(estate, io.env);
    const ledger = openLedger(estate, io.clock, io.env);
    try {
      const now = io.clock.now();
      const secret = await signingSecret(estate, invocation);
      const signer = new Keyring(folders.keys, estate.id).signerNow(await ledger.state(), now, secret);
      const made = await makeCheckpoint({
        ...{ ledger, estateId: estate.id, signer, folder: folders.signed, now },
        heldOutside: async () => (await heldBy(anchors, estate.id)).notes,
      });
      const taken = await anchorCheckpoint(made, anchors);
      await printOne(invocation, {
        kind: 'LedgerCheckpoint',
        fields: { origin: made.origin, size: made.size, note: made.note, signedBy: signer.vkey, anchors: taken },
        name: String(made.size),
        text: (paint) =>
          [
            made.note.trimEnd(),
            '',
            ...taken.flatMap((one) => [
              `${paint(one.status === 'anchored' ? 'good' : 'bad', one.status === 'anchored' ? '●' : '✖')} ${one.anchor} (${one.kind}): ${one.place ?? one.message}`,
              ...(one.weakness === null ? [] : [paint('unsure', `  ${one.weakness}`)]),
            ]),
            ...(taken.length === 0 ? ['signed, and nobody outside keeps it: the estate names no anchor'] : []),
            '',
          ].join('\n'),
      });
      return exitFor(taken);
    } finally {
      await ledger.close();
    }
  },
};

function exitFor(taken: readonly Taken[]): ExitCode {
  const failed = taken.filter(({ status }) => status === 'failed').length;
  if (failed === 0) {
    return exitCodes.ok;
  }
  return failed === taken.length ? exitCodes.unreachable : exitCodes.partial;
}
