import type { Operation } from '../operation.ts';

export interface PatroniMember {
  readonly name: string;
  readonly role: 'leader' | 'standby_leader' | 'sync_standby' | 'quorum_standby' | 'replica';
  /** As Patroni says it: `running`, `streaming` (4.x), `stopping`, `starting`, `start failed`. */
  readonly state: string;
  readonly apiUrl: string | null;
  readonly host: string | null;
  readonly port: number | null;
  readonly timeline: number | null;
  /** Bytes behind the leader; null where Patroni says `unknown`, and of the leader. */
  readonly lagBytes: number | null;
  /** It may never lead (`nofailover`), or was told to by its priority. */
  readonly isBarred: boolean;
}

export interface PatroniCluster {
  readonly members: readonly PatroniMember[];
  /** In maintenance mode: Patroni fails nothing over by itself. */
  readonly isPaused: boolean;
  /** In Patroni's own words; null where none is due. */
  readonly scheduled: { readonly at: string; readonly to: string | null } | null;
}

/** What one member says of itself. */
export interface PatroniNode {
  readonly name: string | null;
  readonly role: 'primary' | 'standby';
  readonly state: string;
  readonly timeline: number | null;
  /** As text: it exceeds 2^53 (facts: data-tier.md §1.4). */
  readonly systemIdentifier: string | null;
  /** Replay was paused by hand; null of a primary. */
  readonly isReplayPaused: boolean | null;
  /** What the group is called: before 4.0 only members say so, and `/cluster` does not. */
  readonly scope: string | null;
}

export interface PatroniSettings {
  readonly isSynchronous: boolean;
  /** A candidate further behind is refused. */
  readonly maximumLagBytes: number;
}

/** One end of a timeline, oldest first. */
export interface PatroniTurn {
  /** The timeline that ended. */
  readonly timeline: number;
  readonly reason: string;
  readonly at: number | null;
  /** Who led from then on; Patroni before 2.1 does not say. */
  readonly leader: string | null;
}

/** Patroni's REST API, by whichever member answers (facts: data-tier.md §1.7). Throws ReadFailure. */
export interface PatroniReader {
  cluster(): Promise<PatroniCluster>;
  settings(): Promise<PatroniSettings>;
  history(): Promise<readonly PatroniTurn[]>;
  /** One member by itself: at the estate's own address for it, else where the cluster says that it listens. */
  node(member: Pick<PatroniMember, 'name' | 'apiUrl'>): Promise<PatroniNode>;
  close(): Promise<void>;
}

export interface PatroniWriter {
  /**
   * Waits for Patroni's word, which comes before the cluster is whole: follow `cluster()` afterwards, and after a failure that
   * is `unknown` too. The leader goes along as an optimistic lock. Throws WriteFailure.
   */
  switchover(operation: Operation, from: { readonly leader: string; readonly candidate: string }): Promise<string>;
}
