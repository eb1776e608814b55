import type { Finding } from '#health/finding.ts';
import { type ExitCode, exitCodes } from '#text/till-error.ts';
import type { Tone } from './style.ts';
import type { Column } from './table.ts';

const words: Readonly<Record<Finding['result'], { readonly text: string; readonly tone: Tone }>> = {
  ok: { text: '● ok', tone: 'good' },
  weak: { text: '▲ weak', tone: 'warn' },
  missing: { text: '✖ missing', tone: 'bad' },
  away: { text: '? away', tone: 'unsure' },
};

export const findingColumns: readonly Column<Finding>[] = [
  { title: 'SUBJECT', value: (finding) => finding.subject },
  { title: 'CHECK', value: (finding) => finding.check },
  { title: 'RESULT', value: (finding) => words[finding.result] },
  { title: 'WHAT', value: (finding) => finding.message, shrinks: true },
  { title: 'NOT SHOWN', value: (finding) => finding.hides.join(' '), shrinks: true },
  { title: 'NEXT', value: (finding) => finding.next ?? '', shrinks: true },
];

export const findingExits = [
  { code: exitCodes.ok, when: 'all is there, or works with less' },
  { code: exitCodes.checkFalse, when: 'something is missing' },
  { code: exitCodes.unreachable, when: 'a system could not be reached' },
] as const;

export function exitOf(findings: readonly Finding[]): ExitCode {
  if (findings.some((finding) => finding.result === 'away')) {
    return exitCodes.unreachable;
  }
  return findings.some((finding) => finding.result === 'missing') ? exitCodes.checkFalse : exitCodes.ok;
}
