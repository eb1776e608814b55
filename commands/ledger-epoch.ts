import { openLedger } from '#actions/context.ts';
import type { Command, Invocation } from '#grammar/command.ts';
import { printList, printOne } from '#grammar/output.ts';
import { usageError } from '#grammar/usage-error.ts';
import { heldBy } from '#ledger/anchors/anchor-checkpoint.ts';
import type { Ledger } from '#ledger/ledger.ts';
import { epochDraft, lossIn } from '#ledger/proof/epoch.ts';
import type { Epoch } from '#ledger/state.ts';
import { noEvidence } from '#ledger/verifier/evidence.ts';
import { clean } from '#text/clean.ts';
import { exitCodes, TillError } from '#text/till-error.ts';
import { openAnchors } from './auditing/anchors.ts';

const words = ['list', 'open', 'acknowledge'] as const;

export const command: Command = {
  name: 'ledger epoch',
  summary: 'After a restore that lost entries: say so, and have two people know',
  examples: [
    { line: 'till ledger epoch list', note: 'every break, what was lost, and who knows' },
    {
      line: 'till ledger epoch open --reason "restored pg-9 from Monday"',
      note: 'record what the anchors have seen and is gone',
    },
    {
      line: 'till ledger epoch acknowledge 01JD… --reason "known, INC-7"',
      note: 'two people, and elevation is possible again',
    },
  ],
  arguments: [
    { name: 'WHAT', required: true, summary: words.join(', '), completion: words },
    { name: 'EPOCH', summary: "to acknowledge: the break's id; the open one when there is one" },
  ],
  flags: [{ name: 'reason', value: 'TEXT', summary: 'what happened, as far as you know', environment: false }],
  exits: [
    { code: exitCodes.checkFalse, when: 'open: the ledger was tampered with, which is more than a loss' },
    { code: exitCodes.refused, when: 'open: nothing is lost; acknowledge: not by this person' },
    { code: exitCodes.unreachable, when: 'open: no anchor could be asked' },
  ],
  async run(invocation) {
    const { io } = invocation;
    const estate = await invocation.estate();
    const ledger = openLedger(estate, io.clock, io.env);
    try {
      switch (invocation.arguments[0]) {
        case 'list':
          return await listed(ledger, invocation);
        case 'open':
          return await opened(ledger, estate, invocation);
        case 'acknowledge':
          return await acknowledged(ledger, invocation);
        default:
          throw usageError(
            'a break is listed, opened or acknowledged',
            command,
            `till ledger epoch ${words.join('|')}`,
          );
      }
    } finally {
      await ledger.close();
    }
  },
};

async function listed(ledger: Ledger, invocation: Invocation) {
  const { epochs } = await ledger.state();
  await printList(invocation, {
    kind: 'LedgerEpochList',
    items: [...epochs.values()],
    name: ({ epoch }) => epoch,
    empty: 'the ledger never broke',
    columns: [
      { title: 'EPOCH', value: ({ epoch }) => epoch },
      { title: 'ENTRY', value: ({ seq }) => String(seq), align: 'right' },
      { title: 'AT', value: ({ at }) => at },
      { title: 'LOST', value: ({ lost }) => `${lost.from} to ${lost.to}` },
      { title: 'SEEN BY', value: ({ anchored }) => `${anchored.anchor} (${anchored.size})` },
      {
        title: 'ACKNOWLEDGED BY',
        value: ({ acknowledgedBy }) => ({
          text: acknowledgedBy.join(', ') || 'nobody',
          tone: acknowledgedBy.length >= 2 ? 'good' : 'bad',
        }),
      },
    ],
  });
  return exitCodes.ok;
}

async function opened(ledger: Ledger, estate: Awaited<ReturnType<Invocation['estate']>>, invocation: Invocation) {
  const reason = reasonOf(invocation);
  const { notes, unreachable } = await heldBy(await openAnchors(estate, invocation), estate.id);
  if (notes.length === 0) {
    throw new TillError(unreachable[0]?.message ?? 'no anchor holds a checkpoint: nobody can tell what was lost', {
      exit: exitCodes.unreachable,
      reason: 'anchor-unreachable',
      ...(unreachable[0] === undefined ? {} : { target: unreachable[0].anchor }),
    });
  }
  const loss = await lossIn(ledger, { ...noEvidence, notes, unreachable });
  if (loss === null) {
    throw new TillError('nothing is lost: the ledger has all that its anchors have seen', {
      exit: exitCodes.refused,
      reason: 'nothing-lost',
    });
  }
  const epoch = ledger.newId();
  const { entry } = await ledger.append(epochDraft(epoch, loss, reason));
  const { from, to, anchored } = loss;
  await printOne(invocation, {
    kind: 'LedgerEpoch',
    fields: { epoch, seq: entry.seq, lost: { from, to }, anchored },
    name: epoch,
    text: () =>
      `epoch ${epoch}, entry ${entry.seq}: entries ${from} to ${to} are lost, as ${anchored.anchor} has seen them\n` +
      `Two people acknowledge it: till ledger epoch acknowledge ${epoch} --reason "what happened"\n`,
  });
  return exitCodes.ok;
}

async function acknowledged(ledger: Ledger, invocation: Invocation) {
  const reason = reasonOf(invocation);
  const { epoch } = meant(invocation.arguments[1], [...(await ledger.state()).epochs.values()]);
  await ledger.append({ kind: 'ledger', phase: 'epoch-acknowledge', reason, params: { epoch } });
  const by = (await ledger.state()).epochs.get(epoch)?.acknowledgedBy ?? [];
  const rest = by.length >= 2 ? 'elevation is possible again' : 'another person must, too';
  invocation.io.out(`epoch ${epoch} is acknowledged by ${by.join(', ') || 'somebody whom no policy names'}: ${rest}\n`);
  return exitCodes.ok;
}

function meant(text: string | undefined, epochs: readonly Epoch[]): Epoch {
  const open = epochs.filter(({ acknowledgedBy }) => acknowledgedBy.length < 2);
  const found = text === undefined ? open : epochs.filter(({ epoch }) => epoch.startsWith(text.toUpperCase()));
  const [one, other] = found;
  if (one === undefined || other !== undefined) {
    const asked = text === undefined ? 'no break waits' : `no break is "${clean(text)}"`;
    throw usageError(other === undefined ? asked : 'that means more than one break', command, 'till ledger epoch list');
  }
  return one;
}

function reasonOf(invocation: Invocation): string {
  const reason = invocation.value('reason');
  if (reason === undefined) {
    throw usageError('this needs a reason', command, '--reason "what happened"');
  }
  return reason;
}
