import { choiceOf, chooseTenants, choosingArgument, choosingFlags } from '#grammar/choose.ts';
import type { Command } from '#grammar/command.ts';
import { printList } from '#grammar/output.ts';
import type { Tone } from '#grammar/style.ts';
import { examine } from '#health/doctor.ts';
import type { Finding } from '#health/finding.ts';
import { exitCodes } from '#text/till-error.ts';

const words: Readonly<Record<Finding['result'], { readonly text: string; readonly tone: Tone }>> = {
  ok: { text: '● ok', tone: 'good' },
  weak: { text: '▲ weak', tone: 'warn' },
  missing: { text: '✖ missing', tone: 'bad' },
  away: { text: '? away', tone: 'unsure' },
};

export const command: Command = {
  name: 'doctor',
  summary: 'Say what is reached, which permission or version is missing, and what till therefore cannot show',
  examples: [
    { line: 'till doctor', note: 'every system that the estate names, and every tenant database' },
    { line: 'till doctor maple-toys -o json', note: 'one tenant, for a script' },
  ],
  arguments: [choosingArgument],
  flags: choosingFlags,
  exits: [
    { code: exitCodes.ok, when: 'all is there, or works with less' },
    { code: exitCodes.checkFalse, when: 'something is missing' },
    { code: exitCodes.unreachable, when: 'a system could not be reached' },
  ],
  async run(invocation) {
    const choice = choiceOf(invocation);
    const findings = await examine(await invocation.estate(), {
      clock: invocation.io.clock,
      env: invocation.io.env,
      choose: (tenants) => (tenants.length === 0 ? [] : chooseTenants(tenants, choice)),
    });
    await printList(invocation, {
      kind: 'FindingList',
      items: findings,
      columns: [
        { title: 'SUBJECT', value: (finding) => finding.subject },
        { title: 'CHECK', value: (finding) => finding.check },
        { title: 'RESULT', value: (finding) => words[finding.result] },
        { title: 'WHAT', value: (finding) => finding.message, shrinks: true },
        { title: 'NOT SHOWN', value: (finding) => finding.hides.join(' '), shrinks: true },
        { title: 'NEXT', value: (finding) => finding.next ?? '', shrinks: true },
      ],
      name: (finding) => `${finding.subject} ${finding.check} ${finding.result}`,
    });
    if (findings.some((finding) => finding.result === 'away')) {
      return exitCodes.unreachable;
    }
    return findings.some((finding) => finding.result === 'missing') ? exitCodes.checkFalse : exitCodes.ok;
  },
};
