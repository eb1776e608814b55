import { cells, cut } from '#text/width.ts';
import { keyHints } from '../components/bottom.ts';
import type { EditLine } from '../components/edit-line.ts';
import { legible } from '../components/legible.ts';
import { fitSpans, paint, type Span, span, widthOf } from '../components/line.ts';
import { listHeights } from '../components/list.ts';
import type { ConsoleState, PlanScreen } from '../state/state.ts';
import { planBody } from './body.ts';

/** Wide enough for a kubectl line; wider would only part what belongs together. */
const widest = 116;

/** The rows of the screen below, with the plan and its question laid over them. */
export function withPlan(state: ConsoleState, screen: PlanScreen, below: readonly string[]): readonly string[] {
  const width = Math.min(widest, state.columns - 1);
  const start = state.rows >= 16 ? 2 : 0;
  const box = boxLines(state, screen, width, Math.max(3, state.rows - start - 1));
  const rows = below
    .slice(0, state.rows)
    .with(-1, paint(keyHints(state, keysOf(screen)), state.theme, state.columns - 1));
  const end = start + box.length;
  // Half of what the cursor is on, left over under the box, would read as part of the question.
  const leftOver = end > state.rows - listHeights(state).bottom ? end : state.rows;
  return rows.map((row, index) =>
    index === rows.length - 1 ? row : index >= leftOver ? '' : (box[index - start] ?? row),
  );
}

function boxLines(state: ConsoleState, screen: PlanScreen, width: number, most: number): readonly string[] {
  const inside = width - 4;
  const body = bodyOf(state, screen, inside);
  const question = questionRows(screen, inside);
  const height = Math.max(1, Math.min(body.length, most - 2 - question.length));
  const top = Math.max(0, Math.min(screen.top, body.length - height));
  const hidden = body.length - height - top;
  const row = (spans: readonly Span[]) =>
    paint([span('│ ', 'border'), ...fitSpans(spans, inside), span(' │', 'border')], state.theme, width);
  const edge = (left: string, right: string, words: Span, at: 'start' | 'end') => {
    const text = { ...words, text: cut(words.text, width - 4) };
    const line = span('─'.repeat(Math.max(0, width - 3 - cells(text.text))), 'border');
    const parts = at === 'start' ? [span(left, 'border'), text, line] : [span(left, 'border'), line, text];
    return paint(
      [...parts, span('─', 'border'), span(right, 'border')].filter(({ text: one }) => one !== ''),
      state.theme,
      width,
    );
  };
  return [
    edge('╭', '╮', span(` ${legible(screen.title)} `, 'text.title'), 'start'),
    ...body.slice(top, top + height).map(row),
    ...question.map(row),
    edge('╰', '╯', span(` ${moreWords(top, hidden)}Esc leaves `, 'text.secondary'), 'end'),
  ];
}

/** What of the plan is out of sight, and which keys bring it. */
function moreWords(above: number, below: number): string {
  return [above > 0 ? `↑ ${above} above · ` : '', below > 0 ? `↓ ${below} more rows · ` : ''].join('');
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
  if (confirmation === null) {
    return [[], [span('It cannot be done now, and nothing was.', 'text.strong')]];
  }
  const asks = needsReason ? [lineRow('Reason: ', reason, field === 'reason', width)] : [];
  switch (confirmation.kind) {
    case 'none':
      return [[], ...asks, [span('Enter', 'key'), span(' does it', 'text.strong')]];
    case 'yes':
      return [[], ...asks, [span('y', field === 'answer' ? 'key' : 'text.secondary'), span(' does it', 'text.strong')]];
    case 'typed':
      return [[], ...asks, lineRow(`Type ${legible(confirmation.text)} to do it: `, typed, field === 'answer', width)];
  }
}

function lineRow(label: string, { before, after }: EditLine, isHere: boolean, width: number): readonly Span[] {
  const room = Math.max(8, width - cells(label) - 1);
  const shown = cells(before) > room ? before.slice(-room) : before;
  const spans = [
    span(label, isHere ? 'text.strong' : 'text.secondary'),
    span(legible(shown)),
    ...(isHere ? [span('▏', 'key')] : []),
  ];
  return widthOf(spans) < width ? [...spans, span(legible(after))] : spans;
}

function keysOf({ stage, planned, field }: PlanScreen): readonly (readonly [string, string])[] {
  const leave = ['Esc', 'leave'] as const;
  const confirmation = stage === 'asking' ? (planned?.confirmation ?? null) : null;
  if (confirmation === null) {
    return [leave, ['↑↓', 'scroll']];
  }
  if (field === 'reason') {
    return [['Enter', confirmation.kind === 'none' ? 'do it' : 'go on'], leave, ['↑↓', 'scroll']];
  }
  const answer = { none: ['Enter', 'do it'], yes: ['y', 'do it'], typed: ['Enter', 'do it'] } as const;
  return [answer[confirmation.kind], leave, ['↑↓', 'scroll']];
}
