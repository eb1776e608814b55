import type { LabelledObject } from '#discovery/tenants.ts';
import type { Tenant } from '#estate/estate.ts';
import type { ClusterReader } from '#systems/kubernetes/cluster.ts';
import type { Kind } from '#systems/kubernetes/rows.ts';
import type { SourceState } from '#systems/source.ts';
import type { Connections } from './connections.ts';
import type { WorkloadView } from './signal.ts';
import { type ClusterIndex, createClusterIndex } from './tenant-objects.ts';

const nothing: WorkloadView = { workloads: [], pods: [], hpas: [], nodes: [] };

/** The clusters of an estate, watched for the kinds that are needed. */
export interface Clusters {
  readonly names: readonly string[];
  /** Opens all of them and starts to watch; `changed` is called after each batch of changes in any. */
  open(changed: () => void): Promise<void>;
  /** Takes in what is new; returns those of the tenants whose objects may have changed. */
  refresh(tenants: readonly Tenant[]): readonly string[];
  objectsOf(tenant: Tenant): WorkloadView;
  stateOf(cluster: string, kind: Kind, namespace: string | null): SourceState | null;
  states(): readonly SourceState[];
  workloads(): ReadonlyMap<string, readonly LabelledObject[]>;
  namespaceLabels(): ReadonlyMap<string, ReadonlyMap<string, Readonly<Record<string, string>>>>;
  /** True once the cluster has told which workloads there are, or that it will not. */
  hasAnswered(cluster: string): boolean;
  /** True when it is known that it cannot be asked now. */
  isAway(cluster: string): boolean;
  /** Resolves when every kind has its first complete picture or a known failure, or when patience ends. */
  settled(patience: AbortSignal): Promise<void>;
  close(): void;
}

export function createClusters(
  names: readonly string[],
  kinds: readonly Kind[],
  watchNamespaces: boolean,
  connections: Connections,
): Clusters {
  const open = new Map<string, { readonly reader: ClusterReader; readonly index: ClusterIndex }>();
  const unsubscribers: (() => void)[] = [];
  const phases = new Map<string, string>();
  /** A kind that comes live, or is lost, changes what is known of every tenant in the cluster. */
  const hasTurned = (name: string, reader: ClusterReader): boolean => {
    const now = kinds.map((kind) => reader.watch(kind).state.phase).join();
    const before = phases.get(name);
    phases.set(name, now);
    return before !== now;
  };
  const all: readonly Kind[] = watchNamespaces ? [...kinds, 'namespaces'] : kinds;

  return {
    names,
    async open(changed) {
      await Promise.all(
        names.map(async (name) => {
          const reader = await connections.cluster(name);
          open.set(name, { reader, index: createClusterIndex(reader, new Set(kinds)) });
          for (const kind of all) {
            unsubscribers.push(reader.watch(kind).subscribe(changed));
          }
        }),
      );
    },
    refresh(tenants) {
      return [...open].flatMap(([name, { index, reader }]) => {
        const changed = index.refresh();
        const different = hasTurned(name, reader) ? null : changed;
        return tenants
          .filter(
            ({ cluster, namespace }) =>
              cluster === name && (different === null || namespace === null || different.has(namespace)),
          )
          .map((tenant) => tenant.name);
      });
    },
    objectsOf: (tenant) => open.get(tenant.cluster ?? '')?.index.objectsOf(tenant) ?? nothing,
    stateOf: (cluster, kind, namespace) => open.get(cluster)?.reader.watch(kind).stateIn(namespace) ?? null,
    states: () => [...open.values()].flatMap(({ reader }) => kinds.map((kind) => reader.watch(kind).state)),
    workloads: () => new Map([...open].map(([name, { index }]) => [name, [...index.workloads.values()].flat()])),
    namespaceLabels: () =>
      new Map(
        [...open].map(([name, { reader }]) => [
          name,
          new Map(
            watchNamespaces ? [...reader.watch('namespaces').rows.values()].map((row) => [row.name, row.labels]) : [],
          ),
        ]),
      ),
    hasAnswered(cluster) {
      const phase = open.get(cluster)?.reader.watch('deployments').state.phase;
      return phase === 'live' || phase === 'stale' || phase === 'forbidden';
    },
    isAway(cluster) {
      const phase = open.get(cluster)?.reader.watch('deployments').state.phase;
      return phase === 'unreachable' || phase === 'unauthenticated' || phase === 'stopped';
    },
    async settled(patience) {
      const ended = new Promise<void>((resolve) => {
        patience.addEventListener('abort', () => resolve(), { once: true });
      });
      const every = [...open.values()].flatMap(({ reader }) => all.map((kind) => reader.watch(kind).settled()));
      await Promise.race([Promise.all(every), ended]);
    },
    close() {
      for (const unsubscribe of unsubscribers) {
        unsubscribe();
      }
    },
  };
}
