import type { CatalogueEntry } from '#backups/catalogue.ts';
import type { Hearing } from '#backups/write/backup.ts';
import type { DatabaseFacts } from '#backups/write/snapshot.ts';
import type { ActWorld } from '../action.ts';

const everyMs = 500;

/** How far a backup is, in bytes: those that pg_dump writes, then those of the files that are new. */
export function meterOf(
  { clock, progress }: Pick<ActWorld, 'clock' | 'progress'>,
  { database, expected }: { readonly database: string; readonly expected: number | null },
): Hearing {
  let phase: Parameters<Hearing['phase']>[0] = 'database';
  let [done, of, files] = [0, expected, 0];
  let toldAt = Number.NEGATIVE_INFINITY;
  const tell = (isForced = false) => {
    if (!isForced && clock.monotonic() - toldAt < everyMs) {
      return;
    }
    toldAt = clock.monotonic();
    const words = {
      database: `dumping ${database}`,
      filestore: files === 0 ? 'looking for new files' : `packing ${files} new files`,
      configuration: 'reading the configuration',
      manifest: 'asking the store what it holds, and writing the manifest',
    }[phase];
    const isCounted = (phase === 'database' && done > 0) || (phase === 'filestore' && files > 0);
    // More than was expected is no hundred per cent: then nobody knows how much is left.
    const whole = of !== null && done <= of ? { of } : {};
    progress(isCounted ? { words, done, ...whole, unit: 'bytes' } : { words });
  };
  return {
    phase(next) {
      [phase, done, of] = [next, 0, next === 'database' ? expected : null];
      tell(true);
    },
    dumped(bytes) {
      done += bytes;
      tell();
    },
    newFiles(count, bytes) {
      [files, of] = [count, bytes];
      tell(true);
    },
    packed(bytes) {
      done += bytes;
      tell();
    },
  };
}

/** COPY's text has no headers and no free space, and writes numbers and dates out. */
const usualShare = 0.9;

/** Bytes that pg_dump will write: as the last time, grown as the database has; else by what its tables take. */
export function expectedDump({ size, tables }: DatabaseFacts, last: CatalogueEntry | undefined): number {
  const before = last?.manifest.database;
  return Math.round(
    before === undefined || before.size === 0 ? tables * usualShare : (before.dumped / before.size) * size,
  );
}
