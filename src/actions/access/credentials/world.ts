import type { Estate, Tenant } from '#estate/estate.ts';
import type { Ledger } from '#ledger/ledger.ts';
import type { ClusterMinter } from '#systems/kubernetes/minter.ts';
import type { PostgresLogins } from '#systems/postgres/logins.ts';
import type { RedisAcl } from '#systems/redis/acl.ts';
import type { Clock } from '#text/clock.ts';
import type { Parcels } from './parcels.ts';

/** What whoever mints and ends works with: the agent, or an approver's console where there is none. */
export interface MintingWorld {
  readonly estate: Pick<Estate, 'id' | 'clusters' | 'postgres' | 'redis'>;
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly parcels: Parcels;
  /** Epoch milliseconds by the ledger's clock: access is judged by it, whatever this host's shows. */
  now(): Promise<number>;
  /** As they are found now. */
  tenants(): Promise<readonly Tenant[]>;
  minter(cluster: string): Promise<ClusterMinter>;
  /** Null where the estate names nobody who mints there. */
  logins(server: string): Promise<PostgresLogins | null>;
  acl(cache: string): Promise<RedisAcl | null>;
  /** Aborted when somebody else leads: stop before the next write. */
  readonly signal: AbortSignal;
}
