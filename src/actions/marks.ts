import type { Estate } from '#estate/estate.ts';
import type { Marks } from '#health/marks.ts';
import type { Clock } from '#text/clock.ts';
import { openLedger } from './context.ts';

/** What the ledger holds open, for a watcher to show beside health. Reads, and leaves nothing open in between. */
export function marksOf(
  estate: Estate,
  clock: Clock,
  env: Readonly<Record<string, string | undefined>>,
  onAway: (message: string) => void = () => undefined,
): () => Promise<Marks> {
  let isTold = false;
  const tell = (message: string) => {
    if (!isTold) {
      isTold = true;
      onAway(message);
    }
  };
  return async () => {
    const ledger = openLedger(estate, clock, env, tell);
    try {
      const { freezes, incidents } = await ledger.state();
      return { freezes: [...freezes.values()], incidents: [...incidents.values()] };
    } finally {
      await ledger.close();
    }
  };
}
