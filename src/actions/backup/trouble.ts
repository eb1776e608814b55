import type { TenantStatus } from '#health/status.ts';
import type { Blocker } from '#policy/refusal.ts';

/** What a dump would make worse: it reads everything, holds a snapshot for as long as it runs, and takes a connection. */
const signals: readonly string[] = [
  'archiver-failing',
  'blocked-sessions',
  'connections',
  'postgres-reachable',
  'replication-lag',
];

/**
 * A database that is already in trouble is left alone; a schedule asks again. No flag talks it out of that: what is red is to be
 * looked at, and goes by itself or by an action of its own.
 */
export function troubleOf(status: TenantStatus | null): readonly Blocker[] {
  return (status?.signals ?? [])
    .filter(({ name, grade }) => grade === 'critical' && signals.includes(name))
    .map(({ title, message, source }) => ({
      by: `${title.toLowerCase()} of ${source}`,
      reason: `the database is in trouble: ${message}`,
      until: null,
      wayOut: 'again when that is over; till backup --due finds what is still owed then',
    }));
}
