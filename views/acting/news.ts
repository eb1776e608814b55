import type { Standing } from '#actions/desk/port.ts';
import { legible } from '../components/legible.ts';
import { operationName, signOfOperation } from '../operations/rows.ts';
import type { ActingState, Flash } from '../state/state.ts';

/**
 * What has ended since the screen was last told; null when nothing has that it knew to be running. What never began is no news: whoever
 * was refused has it before their eyes, and on every other console it would push aside what somebody waits for.
 */
export function newsOf({ standing: before }: ActingState, after: Standing): Flash | null {
  const ran = new Set(before?.running.map(({ operation }) => operation));
  for (const { operation } of after.running) {
    ran.delete(operation);
  }
  const known = new Set(before?.ended.map(({ operation }) => operation));
  // A quick one begins and ends between two looks.
  const ended = (before === null ? [] : after.ended).filter(
    ({ operation, isRefusal }) => isRefusal !== true && (ran.has(operation) || !known.has(operation)),
  );
  const [newest] = ended;
  if (newest === undefined) {
    return null;
  }
  const { glyph, word } = signOfOperation(newest);
  const more = ended.length > 1 ? `   and ${ended.length - 1} more, o lists them` : '';
  const isGood = newest.status === 'ok' || newest.status === 'applied';
  const message = newest.message === null || newest.message === '' ? '' : `, ${newest.message}`;
  return {
    text: legible(`${glyph} ${operationName(newest)}: ${word}${message}${more}`),
    tone: isGood ? 'good' : 'bad',
  };
}
