import { type ConsoleState, openQuestion, withTop } from '../state/state.ts';

/** A question has to have been on the screen for as long as it takes to see it before any key is its answer (design §8). */
export const seeingMs = 300;

/** True while what is pressed was meant for what was on the screen before the question. */
export function isTooEarly(state: ConsoleState, monotonic: number): boolean {
  const question = openQuestion(state);
  return question?.stage === 'asking' && (question.paintedAt === null || monotonic - question.paintedAt < seeingMs);
}

/** The question that is on the screen now was painted now, when this is the first time. */
export function painted(state: ConsoleState, monotonic: number): ConsoleState {
  const question = openQuestion(state);
  return question?.stage === 'asking' && question.paintedAt === null
    ? withTop(state, { ...question, paintedAt: monotonic })
    : state;
}
