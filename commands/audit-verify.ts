import { openLedger } from '#actions/context.ts';
import type { Command } from '#grammar/command.ts';
import { printOne } from '#grammar/output.ts';
import { exitCodes } from '#text/till-error.ts';

export const command: Command = {
  name: 'audit verify',
  summary: 'Prove that no entry of the ledger was changed, cut, moved or put in',
  group: 'read',
  examples: [
    { line: 'till audit verify --chain', note: 'the bare chain, as far as a chain alone can prove it' },
    { line: 'till audit verify', note: 'exit 3, unanchored, while nothing outside vouches for it' },
  ],
  flags: [{ name: 'chain', summary: 'check the bare chain, without an anchor outside' }],
  exits: [
    { code: exitCodes.ok, when: 'verified; with --chain: the chain holds' },
    { code: exitCodes.checkFalse, when: 'tampered with, torn, unanchored or empty: the reason says which' },
    { code: exitCodes.unreachable, when: 'the anchor could not be reached' },
  ],
  async run(invocation) {
    const { io } = invocation;
    const ledger = openLedger(await invocation.estate(), io.clock, io.env);
    try {
      const { exit, ...verification } = await ledger.verify({ chain: invocation.given('chain') });
      const { reason, message, next, findings, acknowledged, unproven } = verification;
      await printOne(invocation, {
        kind: 'LedgerVerification',
        fields: { ...verification },
        name: reason,
        text: (paint) =>
          [
            `${paint(exit === exitCodes.ok ? 'good' : 'bad', exit === exitCodes.ok ? '●' : '✖')} ${reason}: ${message}`,
            ...findings.map((finding) => `  entry ${finding.seq}, line ${finding.line}: ${finding.message}`),
            ...acknowledged.map((entry) => `  entry ${entry.seq}: somebody went on after it had not held`),
            ...(next === null ? [] : [`  ${next}`]),
            ...unproven.map((words) => paint('faint', `  not proven: ${words}`)),
            '',
          ].join('\n'),
      });
      return exit;
    } finally {
      await ledger.close();
    }
  },
};
