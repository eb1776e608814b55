import type { Estate, Tenant } from '#estate/estate.ts';
import { clean } from '#text/clean.ts';
import type { PlanWorld } from '../action.ts';

/** What every look has to go by. */
export interface Looked extends PlanWorld {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whom it is about. */
  readonly tenants: readonly Tenant[];
  readonly everybody: readonly Tenant[];
  readonly backups: NonNullable<Estate['backups']>;
}

/** What failed, in words that are fit to print. */
export function wordsOf(error: unknown): string {
  return clean(error instanceof Error ? error.message : String(error)).slice(0, 300);
}

/** A few of many names. */
export function some(names: readonly string[]): string {
  return names.length > 5 ? `${names.slice(0, 5).join(', ')} and ${names.length - 5} more` : names.join(', ');
}

/** Servers that hold a database of these tenants. */
export function serversOf({ tenants, estate }: Pick<Looked, 'tenants' | 'estate'>): readonly string[] {
  const named = tenants.flatMap(({ postgres }) => postgres ?? []);
  return [...new Set(named)].filter((name) => name in estate.postgres).sort();
}
