import { afterEach, beforeEach, vi } from 'vitest';
import type { ClusterReader, Store } from '#systems/kubernetes/cluster.ts';
import { type ClusterOptions, openCluster } from '#systems/kubernetes/open.ts';
import type { PodRow } from '#systems/kubernetes/rows.ts';
import { FaultServer } from './fault-server.ts';
import { pods } from './objects.ts';

/** A server that fails as it is told, anew for each test, and readers of it that never really wait. */
export interface Reflecting {
  readonly server: FaultServer;
  /** How long the reflectors wanted to wait; they are let go on at once. */
  readonly waits: readonly number[];
  open(options?: Partial<ClusterOptions>): ClusterReader;
  watchesOf(path?: string): FaultServer['requests'];
}

export function reflecting(): Reflecting {
  let server: FaultServer;
  let clusters: ClusterReader[] = [];
  let waits: number[] = [];
  beforeEach(async () => {
    server = await new FaultServer().start();
    clusters = [];
    waits = [];
  });
  afterEach(async () => {
    await Promise.all(clusters.map((cluster) => cluster.close()));
    await server.close();
  });
  return {
    get server() {
      return server;
    },
    get waits() {
      return waits;
    },
    open(options = {}) {
      const wait: ClusterOptions['wait'] = (ms, signal) => {
        waits.push(ms);
        return new Promise((resolve) => (signal.aborted ? resolve() : setImmediate(resolve)));
      };
      const kubeconfig = server.kubeconfig();
      const cluster = openCluster({ name: 'test', kubeconfig, wait, random: () => 0.5, ...options });
      clusters.push(cluster);
      return cluster;
    },
    watchesOf: (path = pods) => server.requests.filter((it) => it.path === path && it.query.has('watch')),
  };
}

export const names = (store: Store<PodRow>) => [...store.rows.values()].map(({ name }) => name).sort();
export const until = (condition: () => boolean) => vi.waitUntil(condition, { timeout: 15_000, interval: 5 });
