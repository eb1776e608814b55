import type { Clock } from '#text/clock.ts';
import type { HowFar } from '../operation-rows.ts';
import { paceKeeper } from '../pace.ts';
import { type ProgressEvent, progressPath, readProgress } from '../progress.ts';

/**
 * How far each operation is, and how fast. All that it has told since it began is read once, so that a console that was
 * opened late knows as much as the one that began it.
 */
export function howFarIn(ledgerFolder: string, clock: Clock): (operation: string) => Promise<HowFar | null> {
  const told = new Map<
    string,
    { offset: number; last: ProgressEvent | null; readonly pace: ReturnType<typeof paceKeeper> }
  >();
  return async (operation) => {
    const known = told.get(operation) ?? { offset: 0, last: null, pace: paceKeeper() };
    told.set(operation, known);
    const { events, offset } = await readProgress(progressPath(ledgerFolder, operation), known.offset);
    for (const event of events) {
      known.pace.tell(event);
    }
    known.offset = offset;
    known.last = events.at(-1) ?? known.last;
    return known.last === null ? null : { ...known.last, pace: known.pace.at(clock.now()) };
  };
}
