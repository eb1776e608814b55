import type { Tenant } from '#estate/estate.ts';
import { ReadFailure } from '#systems/source.ts';
import type { PlanWorld } from '../action.ts';
import { seriesOfVersion } from './odoo-series.ts';

const text = `select latest_version from ir_module_module where name = 'base' and state in ('installed', 'to upgrade')`;

/** By tenant database, the Odoo series that `base` was installed or upgraded to; null where it could not be read. */
export async function baseSeriesOf(
  tenants: readonly Tenant[],
  world: PlanWorld,
): Promise<Readonly<Record<string, string | null>>> {
  const found: Record<string, string | null> = {};
  for (const { postgres, database } of tenants) {
    if (postgres !== null && database !== null) {
      found[database] = await baseSeries(postgres, database, world);
    }
  }
  return found;
}

async function baseSeries(server: string, database: string, world: PlanWorld): Promise<string | null> {
  try {
    const reader = await world.postgres(server);
    const [row] = await reader.visit(database, { deadlineMs: 5_000, urgent: true }, (read) => read({ text }));
    const version = row?.['latest_version'];
    return seriesOfVersion(typeof version === 'string' ? version : null);
  } catch (error) {
    if (error instanceof ReadFailure) {
      return null;
    }
    throw error;
  }
}
