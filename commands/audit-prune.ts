import { openLedger } from '#actions/context.ts';
import type { Command, Invocation } from '#grammar/command.ts';
import { printOne } from '#grammar/output.ts';
import { usageError } from '#grammar/usage-error.ts';
import { whoOf } from '#ledger/entry.ts';
import { mustBeNew } from '#ledger/export/sink.ts';
import type { Ledger } from '#ledger/ledger.ts';
import { leastMonths, type PruneSpan, proposalFor, propose, prune, spanBefore } from '#ledger/prune.ts';
import { clean } from '#text/clean.ts';
import { exitCodes, TillError } from '#text/till-error.ts';
import { ask } from './acting/ask.ts';
import { momentOf } from './auditing/filter.ts';

export const command: Command = {
  name: 'audit prune',
  summary: 'Take old entries out of the ledger, into an archive: two people, the same line twice',
  group: 'act',
  examples: [
    {
      line: 'till audit prune --before 2025-10-01 --archive 2025-09.jsonl --reason "retention"',
      note: 'the first proposes; the second, with the same line, archives and takes out',
    },
  ],
  flags: [
    {
      name: 'before',
      value: 'INSTANT',
      summary: `entries from before then; never younger than ${leastMonths} months, nor than ledger.retention`,
      environment: false,
    },
    {
      name: 'archive',
      value: 'FILE',
      summary: 'where they go: a new file, for its owner alone',
      completion: 'file',
      environment: false,
    },
    { name: 'reason', value: 'TEXT', summary: 'why', environment: false },
    { name: 'confirm', value: 'NUMBER', summary: 'how many entries are taken out', environment: false },
  ],
  exits: [
    { code: exitCodes.ok, when: 'archived, recorded and taken out' },
    { code: exitCodes.refused, when: 'too young, the ledger does not hold, or the same person a second time' },
    { code: exitCodes.timedOut, when: 'proposed: somebody else says the same' },
  ],
  async run(invocation) {
    const { io } = invocation;
    const before = momentOf(invocation, 'before');
    const [archive, reason] = [invocation.value('archive'), invocation.value('reason')];
    if (before === undefined || archive === undefined || reason === undefined) {
      throw usageError('taking entries out needs --before, --archive and --reason', command);
    }
    const estate = await invocation.estate();
    const ledger = openLedger(estate, io.clock, io.env);
    try {
      // A prune that was recorded and died before it was done.
      const left = await ledger.removePruned();
      if (left > 0) {
        io.err(`${left} entries of an earlier prune were still here and are gone now\n`);
      }
      const span = await spanBefore(ledger, before, estate.ledger?.retention ?? leastMonths);
      const proposal = await proposalFor(ledger, span);
      if (proposal === null) {
        const { seq } = await propose(ledger, span, reason);
        io.out(
          `proposed as entry ${seq}: entries ${span.first} to ${span.upTo}, the last of ${span.lastAt}\nSomebody else says the same to do it.\n`,
        );
        return exitCodes.timedOut;
      }
      if (!proposal.isByAnother) {
        throw new TillError('this person has proposed it: somebody else says the same', {
          ...{ exit: exitCodes.refused, reason: 'second-person', target: `entry ${proposal.entry.seq}` },
          next: 'hand the same line to a colleague who keeps this ledger',
        });
      }
      mustBeNew(archive);
      if (!(await isAgreed(span, invocation))) {
        return exitCodes.confirmationMissing;
      }
      const by = clean(whoOf(proposal.entry.actor.asserted));
      return await taken(ledger, span, { archive, reason, by }, invocation);
    } finally {
      await ledger.close();
    }
  },
};

async function taken(
  ledger: Ledger,
  span: PruneSpan,
  { archive, reason, by }: { readonly archive: string; readonly reason: string; readonly by: string },
  invocation: Invocation,
) {
  const { entry, sha256, removed, archive: path } = await prune(ledger, span, archive, reason);
  await printOne(invocation, {
    kind: 'LedgerPrune',
    fields: { seq: entry.seq, upTo: span.upTo, removed, archive: path, sha256, root: span.root },
    name: String(entry.seq),
    text: () =>
      [
        `${removed} entries, up to ${span.upTo}, are in ${clean(path)} and no longer in the ledger`,
        `sha256 ${sha256}`,
        `proposed by ${by}; recorded as entry ${entry.seq}, where verification begins from now on`,
        'Keep the archive where nobody can change it: it is the only place that has them.',
        '',
      ].join('\n'),
  });
  return exitCodes.ok;
}

async function isAgreed({ first, upTo }: PruneSpan, invocation: Invocation): Promise<boolean> {
  const { io } = invocation;
  const count = String(upTo - first + 1);
  const given = invocation.value('confirm');
  if (given !== undefined) {
    if (given === count) {
      return true;
    }
    throw new TillError(`${count} entries would be taken out, not ${clean(given)}`, {
      ...{ exit: exitCodes.confirmationMissing, reason: 'confirmation-wrong' },
      next: `--confirm=${count}`,
    });
  }
  if (io.stdinIsTTY && io.stderrIsTTY) {
    io.err(`${count} entries, ${first} to ${upTo}, would be taken out of the ledger\n`);
    return ask({ kind: 'typed', text: count }, io);
  }
  throw new TillError(`taking ${count} entries out has to be confirmed`, {
    ...{ exit: exitCodes.confirmationMissing, reason: 'confirmation-missing' },
    next: `--confirm=${count}`,
  });
}
