import type { ConsoleState } from '../state/state.ts';
import { unknown } from './unknown.ts';
import type { Candidate } from './words.ts';

export function tenantNames({ picture }: ConsoleState): readonly Candidate[] {
  return (picture?.tenants ?? []).map(({ tenant, grade }) => ({ value: tenant, note: grade === 'ok' ? '' : grade }));
}

/** Why this is nobody; null for a tenant, and for nothing at all. */
export function tenantMistake({ picture }: ConsoleState, name: string): string | null {
  const names = (picture?.tenants ?? []).map(({ tenant }) => tenant);
  return name === '' || names.includes(name) ? null : unknown('tenant', name, names);
}
