import { type Box, typedRow } from '../components/box.ts';
import { legible } from '../components/legible.ts';
import { type Span, span } from '../components/line.ts';
import type { ConsoleState, DeedScreen } from '../state/state.ts';
import { deedBody, questionOf } from './question.ts';
import { isImpossible } from './wish-body.ts';

/** What would be said of a grant, and the question whether it shall, as a box over the screen that it came from. */
export function deedBox(state: ConsoleState, screen: DeedScreen): Box {
  return {
    title: questionOf(screen.deed).title,
    body: (width) => deedBody(state, screen, width),
    question: (width) => questionRows(screen, width),
    top: screen.top,
    keys: keysOf(screen),
  };
}

/** A request that no rule permits has no answer: it would be refused. */
export function hasAnswer({ deed }: DeedScreen): boolean {
  return !((deed.kind === 'request' || deed.kind === 'extend') && isImpossible(deed));
}

function questionRows(screen: DeedScreen, width: number): readonly (readonly Span[])[] {
  const { deed, stage, said, typed, field } = screen;
  if (stage === 'reading') {
    return [];
  }
  if (stage === 'doing') {
    return [[], [span('… recording it', 'text.secondary')]];
  }
  if (!hasAnswer(screen)) {
    return [[], [span('It would be refused, and was not asked. Esc goes back to the form.', 'text.strong')]];
  }
  const question = questionOf(deed);
  const label = question.said === null ? '' : `${question.said.label}${question.said.isNeeded ? '' : ' (if any)'}: `;
  const asks = question.said === null ? [] : [typedRow(label, said, field === 'said', width)];
  const answer =
    question.typed === null
      ? question.answers.flatMap(({ key, words }) => [
          span(key, field === 'answer' ? 'key' : 'text.secondary'),
          span(` ${legible(words)}    `, 'text.strong'),
        ])
      : typedRow(`Type ${legible(question.typed)} to do it: `, typed, field === 'answer', width);
  return [[], ...asks, answer];
}

function keysOf(screen: DeedScreen): readonly (readonly [string, string])[] {
  const ways = [
    ['Esc', 'leave'],
    ['↑↓', 'scroll'],
  ] as const;
  const { deed, stage, field } = screen;
  if (stage !== 'asking' || !hasAnswer(screen)) {
    return ways;
  }
  if (field === 'said') {
    return [['Enter', 'go on'], ...ways];
  }
  const { answers, typed } = questionOf(deed);
  return [
    ...(typed === null ? answers.map(({ key, words }) => [key, words] as const) : [['Enter', 'do it'] as const]),
    ...ways,
  ];
}
