import type { ServerQuery } from '../signal.ts';
import { countAt, numberAt, textAt } from './row.ts';

/** What a server counts for each of its databases. Plain data: it is kept on disk for the next command. */
export interface DatabaseCounters {
  readonly deadlocks: number;
  /** Changes when the counters were reset, or the server is another one; epoch seconds. */
  readonly epoch: string;
  /** Transactions, or multixacts where those are older, since the last freeze. */
  readonly age: number;
}

export interface Counters {
  readonly byName: Readonly<Record<string, DatabaseCounters>>;
  /** Vacuum starts to freeze by force at this age. */
  readonly freezeMax: number;
}

export const counters: ServerQuery<Counters> = {
  name: 'counters',
  every: 30,
  deadlineMs: 2000,
  query: () => ({ text }),
  parse(rows) {
    return {
      byName: Object.fromEntries(
        rows.map((row) => [
          textAt(row, 'datname') ?? '',
          { deadlocks: countAt(row, 'deadlocks'), epoch: textAt(row, 'epoch') ?? '', age: countAt(row, 'age') },
        ]),
      ),
      freezeMax: numberAt(rows[0] ?? {}, 'freeze_max') ?? 200_000_000,
    };
  },
};

export function countersOf({ byName }: Counters, database: string | null): DatabaseCounters | null {
  return database !== null && Object.hasOwn(byName, database) ? (byName[database] ?? null) : null;
}

// facts: data-tier.md §1.4 Wraparound and Per-database counters, §1.5: a start, a reset or another role ends a series.
const text = `
  SELECT d.datname::text, coalesce(s.deadlocks, 0)::float8 AS deadlocks,
    concat_ws('/', extract(epoch FROM pg_postmaster_start_time()), pg_is_in_recovery(),
      extract(epoch FROM s.stats_reset)) AS epoch,
    greatest(age(d.datfrozenxid), mxid_age(d.datminmxid))::float8 AS age,
    current_setting('autovacuum_freeze_max_age')::float8 AS freeze_max
  FROM pg_database d LEFT JOIN pg_stat_database s ON s.datid = d.oid
  WHERE d.datallowconn`;
