import { span } from '#text/age.ts';
import { type Archiver, archiver } from '../queries/archiver.ts';
import { brief, counted, gradeAt, worseOf } from '../reading.ts';
import { serverSignal } from '../signal.ts';

/** In seconds that the oldest WAL segment waits for the archive: that much would be lost with the disk. */
export const signal = serverSignal<Archiver>({
  name: 'archiver-failing',
  title: 'WAL archive',
  layer: 'platform',
  unit: 'seconds',
  threshold: { direction: 'above', warn: 120, critical: 600 },
  query: archiver,
  read({ archives, failing, sinceSuccess, waiting, oldestSeconds, lastFailed }, { source, threshold }) {
    if (!archives) {
      return null;
    }
    const value = waiting === 0 ? 0 : Math.floor(Math.max(0, oldestSeconds ?? 0));
    const last = sinceSuccess === null ? 'none has ever worked' : `last worked ${span(sinceSuccess)} ago`;
    if (waiting === 0) {
      return { value, grade: 'ok', message: `no segment waits, ${last}` };
    }
    const wait = `${counted(waiting, 'segment')} wait ${span(value)}`;
    const byAge = gradeAt(value, threshold);
    if (failing) {
      const at = lastFailed === null ? '' : ` at ${brief(lastFailed)}`;
      const message = `WAL archiving fails${at}: ${wait}, ${last}`;
      return { value, grade: worseOf('warn', byAge), message, cause: source };
    }
    return { value, grade: byAge, message: `${wait}, ${last}`, cause: source };
  },
});
