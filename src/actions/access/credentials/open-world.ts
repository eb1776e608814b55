import type { Estate, Tenant } from '#estate/estate.ts';
import { createConnections } from '#health/connections.ts';
import { tenantsOf } from '#health/find-tenants.ts';
import type { Ledger } from '#ledger/ledger.ts';
import type { Clock } from '#text/clock.ts';
import type { Parcels } from './parcels.ts';
import type { MintingWorld } from './world.ts';

/** Tenants move seldom, and asking costs a list of every workload. */
const tenantsKeptMs = 30_000;

export interface WorldOptions {
  readonly estate: Estate;
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly ledger: Ledger;
  readonly parcels: Parcels;
  readonly signal: AbortSignal;
}

export interface OpenMintingWorld extends MintingWorld {
  /** Everything but the ledger, which belongs to whoever opened it. */
  close(): Promise<void>;
}

/** Connections of the minter, each opened when it is first needed. */
export function openMintingWorld({ estate, clock, env, ledger, parcels, signal }: WorldOptions): OpenMintingWorld {
  const connections = createConnections({ estate, clock, random: Math.random, env, knownNamespaces: () => [] });
  const kept = new Map<string, Promise<{ close(): Promise<void> } | null>>();
  const once = <T extends { close(): Promise<void> } | null>(key: string, open: () => Promise<T>): Promise<T> => {
    const known = kept.get(key) ?? open();
    kept.set(key, known);
    return known as Promise<T>;
  };
  let tenants: { readonly at: number; readonly found: Promise<readonly Tenant[]> } | null = null;
  return {
    ...{ estate, clock, ledger, parcels, signal },
    now: async () => (await ledger.presence()).now,
    tenants() {
      if (tenants === null || clock.monotonic() - tenants.at > tenantsKeptMs) {
        tenants = { at: clock.monotonic(), found: tenantsOf(estate, connections) };
      }
      return tenants.found;
    },
    minter: (cluster) => once(`cluster/${cluster}`, () => connections.clusterMinter(cluster)),
    logins: (server) => once(`postgres/${server}`, () => connections.postgresLogins(server)),
    acl: (cache) => once(`redis/${cache}`, () => connections.redisAcl(cache)),
    async close() {
      for (const opened of kept.values()) {
        await opened.then(
          (tool) => tool?.close(),
          () => undefined,
        );
      }
      await connections.close();
    },
  };
}
