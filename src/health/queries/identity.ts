import type { ServerQuery } from '../signal.ts';
import { countAt, flagAt } from './row.ts';

/** Who answers on a server now; a promotion or a restart changes it under an open connection's name. */
export interface Identity {
  readonly version: number;
  readonly standby: boolean;
  readonly upSeconds: number;
}

export const identity: ServerQuery<Identity> = {
  name: 'identity',
  every: 10,
  deadlineMs: 2000,
  query: () => ({ text }),
  parse(rows) {
    const row = rows[0] ?? {};
    return { version: countAt(row, 'version'), standby: flagAt(row, 'standby'), upSeconds: countAt(row, 'up_s') };
  },
};

// facts: data-tier.md §1.4 Identity.
const text = `
  SELECT current_setting('server_version_num')::int AS version, pg_is_in_recovery() AS standby,
    extract(epoch FROM clock_timestamp() - pg_postmaster_start_time())::float8 AS up_s`;
