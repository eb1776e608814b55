import type { Estate } from '#estate/estate.ts';
import type { SourceState } from '#systems/source.ts';
import { severity } from './grade.ts';
import { sharedCauses } from './roll-up.ts';
import type { Grade, TenantStatus } from './status.ts';
import type { Picture } from './watcher.ts';

export interface Paints {
  readonly estate: Estate;
  readonly at: number;
  readonly statuses: readonly TenantStatus[];
  readonly sources: readonly SourceState[];
  readonly settled: boolean;
}

/** Everything known at one instant, worst first. */
export function paint({ estate, at, statuses, sources, settled }: Paints): Picture {
  const counts: Record<Grade, number> = { ok: 0, warn: 0, critical: 0, unknown: 0 };
  for (const status of statuses) {
    counts[status.grade] += 1;
  }
  return {
    estate: { id: estate.id, name: estate.name, mode: estate.mode },
    at,
    tenants: statuses.toSorted(
      (a, b) => severity[b.grade] - severity[a.grade] || (a.tenant < b.tenant ? -1 : a.tenant > b.tenant ? 1 : 0),
    ),
    counts,
    sources,
    causes: sharedCauses(statuses),
    settled,
  };
}
