import type { Tenant } from '#estate/estate.ts';

/** A backup that somebody else makes, as their own record has it. */
export interface OtherBackup {
  readonly source: 'cloudnative-pg' | 'pgbackrest' | 'velero' | 'click-odoo' | 'odoo-zip';
  /** Their name for it. */
  readonly name: string;
  /** Where it was made: `eu-prod/shops/pg-main`, a stanza, a folder. */
  readonly place: string;
  /** Tenants that it holds; a server's backup holds all of that server. */
  readonly tenants: readonly string[];
  /** RFC 3339: the point that it brings back; null where its record does not say. */
  readonly at: string | null;
  readonly size: number | null;
  readonly status: 'ok' | 'running' | 'failed';
  readonly message: string | null;
}

/** A span of time to any point of which somebody's backups lead. */
export interface Window {
  readonly source: OtherBackup['source'];
  readonly place: string;
  readonly tenants: readonly string[];
  readonly from: string | null;
  readonly until: string | null;
  /** When the next one is made, by their own schedule; null where there is none or it is suspended. */
  readonly nextAt: string | null;
  readonly message: string | null;
}

export interface Others {
  readonly backups: readonly OtherBackup[];
  readonly windows: readonly Window[];
  /** What could not be read, and why. */
  readonly failures: readonly { readonly source: string; readonly message: string }[];
}

export const noOthers: Others = { backups: [], windows: [], failures: [] };

export function together(all: readonly Others[]): Others {
  return {
    backups: all.flatMap(({ backups }) => backups),
    windows: all.flatMap(({ windows }) => windows),
    failures: all.flatMap(({ failures }) => failures),
  };
}

export function tenantsOn(server: string | null, tenants: readonly Tenant[]): readonly string[] {
  return server === null ? [] : tenants.filter(({ postgres }) => postgres === server).map(({ name }) => name);
}

/** RFC 3339 UTC of what may be a time; null for what is none. */
export function instantOf(value: number | null): string | null {
  return value === null || !Number.isFinite(value) ? null : new Date(value).toISOString();
}
