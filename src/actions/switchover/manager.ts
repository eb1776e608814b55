import type { PostgresServer } from '#estate/schema.ts';
import type { Operation } from '#systems/operation.ts';
import { exitCodes, TillError } from '#text/till-error.ts';
import type { ActWorld, PlanWorld } from '../action.ts';
import type { PlanObject } from '../plan.ts';

/** One PostgreSQL of a server's group, as whoever manages them says. */
export interface Member {
  readonly name: string;
  readonly isLeader: boolean;
  /** In the manager's own word. */
  readonly state: string;
  readonly isRunning: boolean;
  readonly timeline: number | null;
  /** Bytes behind, by the manager's word; null where it does not say. */
  readonly lagBytes: number | null;
  readonly isSynchronous: boolean;
  /** Why it may never lead: `nofailover`, fenced. Null: it may. */
  readonly barred: string | null;
  readonly isReplayPaused: boolean;
  /** What could not be asked of it, for a person; null where all was. */
  readonly note: string | null;
  readonly address: { readonly host: string; readonly port: number } | null;
}

export interface Topology {
  /** Whom the manager calls leader, and who really is one: not one that is only about to be. */
  readonly leader: string | null;
  readonly timeline: number | null;
  readonly systemIdentifier: string | null;
  readonly members: readonly Member[];
  /** Only a synchronous standby may take over. */
  readonly isSynchronous: boolean;
  /** A candidate further behind is refused; null: the manager has no such bound. */
  readonly maximumLagBytes: number | null;
  /** Why none can be switched over to now: paused, a switchover that is due, an unhealthy phase. */
  readonly standstill: readonly string[];
  readonly warnings: readonly string[];
  /** The manager has nothing left to do: no step between two states. */
  readonly isSettled: boolean;
  /** Its state in a few words, for whoever waits. */
  readonly words: string;
}

/** What came of an operation whose process died. */
export type Found = 'applied' | 'absent' | 'indeterminate';

/** Who switches a server over: Patroni or CloudNativePG. */
export interface Manager {
  /** `Patroni batman`, `CloudNativePG data/pg`. */
  readonly label: string;
  /** Seconds that it takes when all is well, and seconds that it may legally take. */
  readonly expectedSeconds: number;
  budgetSeconds(): number;
  /** Objects of its own that a plan pins beside the server. */
  objects(tenant: string): readonly PlanObject[];
  /** The lines that would do the same by hand. */
  equivalents(from: string, to: string): readonly string[];
  /** Throws ReadFailure. */
  topology(): Promise<Topology>;
  /** Asks for it and comes back with the manager's word, which does not say that it is done. Throws WriteFailure. */
  switchOver(operation: Operation, from: string, to: string, world: ActWorld): Promise<string>;
  /** Throws ReadFailure. */
  find(
    before: { readonly leader: string; readonly to: string; readonly timeline: number | null },
    operation: string,
  ): Promise<Found>;
  close(): Promise<void>;
}

/** Throws TillError (exit 2) where the estate names nobody who could. */
export async function openManager(server: string, world: PlanWorld): Promise<Manager> {
  const config = world.estate.postgres[server];
  const { patroni, cloudnativepg } = config ?? ({} as Partial<PostgresServer>);
  if (patroni !== undefined && cloudnativepg === undefined) {
    const { openPatroniManager } = await import('./patroni-manager.ts');
    return openPatroniManager(server, patroni, world);
  }
  if (cloudnativepg !== undefined && patroni === undefined) {
    const { openCloudNativePgManager } = await import('./cloudnativepg-manager.ts');
    return openCloudNativePgManager(cloudnativepg, world);
  }
  const isBoth = patroni !== undefined;
  throw new TillError(
    isBoth
      ? `${server} names Patroni and CloudNativePG; only one of them can switch it over`
      : `nobody is known who could switch ${server} over`,
    {
      exit: exitCodes.usage,
      reason: 'no-switchover-manager',
      target: server,
      next: isBoth
        ? `take one of \`postgres.${server}.patroni\` and \`postgres.${server}.cloudnativepg\` out of the estate`
        : `add \`postgres.${server}.patroni: {urls: [https://MEMBER:8008]}\` or \`postgres.${server}.cloudnativepg: {cluster, namespace, name}\` to the estate`,
    },
  );
}

/** Opens, uses, closes. */
export async function withManager<T>(
  server: string,
  world: PlanWorld,
  use: (manager: Manager) => Promise<T>,
): Promise<T> {
  const manager = await openManager(server, world);
  try {
    return await use(manager);
  } finally {
    await manager.close();
  }
}
