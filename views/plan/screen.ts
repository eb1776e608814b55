import { type Box, typedRow } from '../components/box.ts';
import { legible } from '../components/legible.ts';
import { type Span, span } from '../components/line.ts';
import type { ConsoleState, PlanScreen } from '../state/state.ts';
import { planBody } from './body.ts';
import { offerOf } from './offer.ts';

/** The plan with its question, to be laid over the screen that it came from. */
export function planBox(state: ConsoleState, screen: PlanScreen): Box {
  return {
    title: screen.title,
    body: (width) => bodyOf(state, screen, width),
    question: (width) => questionRows(screen, width),
    top: screen.top,
    keys: keysOf(screen),
  };
}

function bodyOf(state: ConsoleState, { stage, planned }: PlanScreen, width: number): readonly (readonly Span[])[] {
  return stage === 'planning' || planned === null
    ? [[span('… reading what it would change', 'text.secondary')]]
    : planBody(planned, width, state.now);
}

/** What has to be given before it is done. The line that is being typed has the caret. */
function questionRows(
  { stage, planned, reason, typed, field }: PlanScreen,
  width: number,
): readonly (readonly Span[])[] {
  if (stage === 'beginning') {
    return [[], [span('… recording the intent', 'text.secondary')]];
  }
  if (stage === 'planning' || planned === null) {
    return [];
  }
  if (stage === 'checking') {
    return [[], [span('… asking the API server what it would say', 'text.secondary')]];
  }
  const { confirmation, needsReason } = planned;
  const offer = offerOf(planned);
  const offered = offer === null ? [] : [[span('n', 'key'), span(` ${offer.words}`, 'text.strong')]];
  if (confirmation === null) {
    return [[], [span('It cannot be done now, and nothing was.', 'text.strong')], ...offered];
  }
  const asks = needsReason ? [typedRow('Reason: ', reason, field === 'reason', width)] : [];
  switch (confirmation.kind) {
    case 'none':
      return [[], ...asks, [span('Enter', 'key'), span(' does it', 'text.strong')]];
    case 'yes':
      return [[], ...asks, [span('y', field === 'answer' ? 'key' : 'text.secondary'), span(' does it', 'text.strong')]];
    case 'typed':
      return [[], ...asks, typedRow(`Type ${legible(confirmation.text)} to do it: `, typed, field === 'answer', width)];
  }
}

function keysOf({ stage, planned, field }: PlanScreen): readonly (readonly [string, string])[] {
  const leave = ['Esc', 'leave'] as const;
  const confirmation = stage === 'asking' ? (planned?.confirmation ?? null) : null;
  if (confirmation === null) {
    const offer = stage === 'asking' && planned !== null ? offerOf(planned) : null;
    return [...(offer === null ? [] : [['n', offer.hint] as const]), leave, ['↑↓', 'scroll']];
  }
  if (field === 'reason') {
    return [['Enter', confirmation.kind === 'none' ? 'do it' : 'go on'], leave, ['↑↓', 'scroll']];
  }
  const answer = { none: ['Enter', 'do it'], yes: ['y', 'do it'], typed: ['Enter', 'do it'] } as const;
  return [answer[confirmation.kind], leave, ['↑↓', 'scroll']];
}
