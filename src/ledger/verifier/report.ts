import type { Entry } from './line.ts';
import type { Verdict } from './verdict.ts';

export type Tone = 'good' | 'bad' | 'unsure' | 'faint' | null;

/** A verdict for people, a line at a time. */
export function reportLines(
  verdict: Verdict,
  acknowledged: readonly Pick<Entry, 'seq'>[],
): readonly { readonly tone: Tone; readonly text: string }[] {
  const { exit, reason, message, findings, remarks, next, unproven, unreachable } = verdict;
  const isGood = exit === 0;
  const away = isGood ? unreachable : [];
  return [
    { tone: isGood ? 'good' : 'bad', text: `${isGood ? '●' : '✖'} ${reason}: ${message}` },
    ...findings.flatMap((found) => [
      { tone: null, text: `  entry ${found.seq}, line ${found.line}: ${found.fault}: ${found.message}` },
      ...(found.notes ?? []).flatMap((note) => [
        { tone: 'faint', text: '    signed:' } as const,
        ...note
          .trimEnd()
          .split('\n')
          .map((line) => ({ tone: 'faint', text: `      ${line}` }) as const),
      ]),
    ]),
    ...more(verdict.findingsCount - findings.length, 'findings'),
    ...acknowledged.map(({ seq }) => ({ tone: null, text: `  entry ${seq}: somebody went on after it had not held` })),
    ...remarks.map((told) => ({ tone: 'unsure', text: `  ${told.notice}: ${told.message}` }) as const),
    ...more(verdict.remarksCount - remarks.length, 'remarks'),
    ...away.map(({ anchor, message: why }) => ({ tone: 'unsure', text: `  not asked: ${anchor}: ${why}` }) as const),
    ...(next === null ? [] : [{ tone: null, text: `  ${next}` }]),
    ...unproven.map((words) => ({ tone: 'faint', text: `  not proven: ${words}` }) as const),
  ];
}

function more(count: number, what: string): readonly { readonly tone: null; readonly text: string }[] {
  return count > 0 ? [{ tone: null, text: `  and ${count} more ${what}` }] : [];
}
