import type { Manifest } from '#backups/manifest.ts';
import type { Sealing } from '#backups/open-sealed.ts';
import type { Session } from '#systems/postgres/login.ts';
import { size } from '#text/size.ts';
import type { ActWorld } from '../action.ts';

const everyMs = 2_000;

/** A sealing that tells of each percent of the dump once, however often bytes come. */
export function fetching(sealing: Sealing, { backup, database }: Manifest, world: ActWorld): Sealing {
  const all = database.parts.reduce((sum, part) => sum + part.size, 0);
  let done = 0;
  let last = -1;
  return {
    ...sealing,
    onBytes(bytes) {
      done += bytes;
      const percent = all === 0 ? 100 : Math.floor((done / all) * 100);
      if (percent > last) {
        last = percent;
        world.progress({ words: `reading ${backup}`, done, of: all, unit: 'bytes' });
      }
    },
  };
}

/** Tells how large the database has become: pg_restore says nothing of how far it is (facts: data-tier.md §2.2). */
export function watchGrowth(session: Session, database: string, manifest: Manifest, world: ActWorld): Disposable {
  const all = manifest.database.size;
  let isAsking = false;
  const timer = setInterval(() => {
    if (isAsking) {
      return;
    }
    isAsking = true;
    session
      .query({ text: 'SELECT pg_database_size($1)::float8 AS size', values: [database] })
      .then(([row]) => {
        const now = Number(row?.['size'] ?? 0);
        const done = Math.min(99, Math.floor((now / Math.max(1, all)) * 100));
        world.progress({ words: `restoring ${database}, ${size(now)} of ${size(all)}`, done, of: 100 });
      })
      // Whoever needs the server next says why.
      .catch(() => undefined)
      .finally(() => {
        isAsking = false;
      });
  }, everyMs);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
