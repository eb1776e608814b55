import { joinedTables } from '#estate/grants.ts';
import { signals } from '#health/signals/index.ts';
import type { Tables } from '#sandbox/sandbox.ts';

/** The columns that the monitor is granted, as `till sandbox up` finds them. */
export const tables: Tables = joinedTables(
  signals.flatMap((signal) => (signal.from === 'database' ? [signal.query.columns] : [])),
);
