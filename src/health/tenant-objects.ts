import type { Tenant } from '#estate/estate.ts';
import type { ClusterReader, Store } from '#systems/kubernetes/cluster.ts';
import type { HpaRow, Kind, KindRows, NodeRow, PodRow, RowMeta, WorkloadRow } from '#systems/kubernetes/rows.ts';
import { parseSelector, type Selector } from '#text/selector.ts';
import type { WorkloadView } from './signal.ts';

type Grouped<Row> = ReadonlyMap<string, readonly Row[]>;

/** A cluster's rows by namespace, so that a tenant's objects are found without looking at everybody's. */
export interface ClusterIndex {
  /** Regroups what has changed; returns the namespaces that are different now, null when any may be. */
  refresh(): ReadonlySet<string> | null;
  objectsOf(tenant: Tenant): WorkloadView;
  readonly workloads: Grouped<WorkloadRow>;
}

const selectors = new Map<string, Selector>();

/** An unreadable selector selects nothing: `estate check` has said so already. */
function selectorOf(text: string): Selector {
  let selector = selectors.get(text);
  if (selector === undefined) {
    try {
      selector = parseSelector(text);
    } catch {
      selector = () => false;
    }
    selectors.set(text, selector);
  }
  return selector;
}

/** `kinds` are those that the signals in use look at; no other is watched. */
export function createClusterIndex(cluster: ClusterReader, kinds: ReadonlySet<Kind>): ClusterIndex {
  const versions = new Map<string, number>();
  let workloads: Grouped<WorkloadRow> = new Map();
  let pods: Grouped<PodRow> = new Map();
  let hpas: Grouped<HpaRow> = new Map();
  let nodes: ReadonlyMap<string, NodeRow> = new Map();

  /** The kind's store when its rows may have changed since the last look; null when there is nothing new. */
  const renewed = <K extends Kind>(kind: K): Store<KindRows[K]> | null => {
    if (!kinds.has(kind)) {
      return null;
    }
    const store = cluster.watch(kind);
    const before = versions.get(kind);
    versions.set(kind, store.version);
    return before === store.version ? null : store;
  };

  const rowsOf = (kind: 'deployments' | 'statefulsets'): Iterable<WorkloadRow> =>
    kinds.has(kind) ? cluster.watch(kind).rows.values() : [];

  return {
    get workloads() {
      return workloads;
    },
    refresh() {
      const different = new Set<string>();
      let everywhere = false;
      const deployments = renewed('deployments');
      const statefulSets = renewed('statefulsets');
      if (deployments !== null || statefulSets !== null) {
        const next = grouped([...rowsOf('deployments'), ...rowsOf('statefulsets')]);
        addDifferences(workloads, next, different);
        workloads = next;
      }
      const podStore = renewed('pods');
      if (podStore !== null) {
        const next = grouped(podStore.rows.values());
        addDifferences(pods, next, different);
        pods = next;
      }
      const hpaStore = renewed('horizontalpodautoscalers');
      if (hpaStore !== null) {
        const next = grouped(hpaStore.rows.values());
        addDifferences(hpas, next, different);
        hpas = next;
      }
      const nodeStore = renewed('nodes');
      if (nodeStore !== null) {
        nodes = new Map([...nodeStore.rows.values()].map((node) => [node.name, node]));
        everywhere = true;
      }
      return everywhere ? null : different;
    },
    objectsOf(tenant) {
      const matches = tenant.selector === null ? () => true : selectorOf(tenant.selector);
      const own = <Row extends RowMeta>(groups: Grouped<Row>): readonly Row[] =>
        rowsIn(groups, tenant.namespace).filter((row) => matches(row.labels));
      const ownWorkloads = own(workloads);
      const ownPods = own(pods);
      const targets = new Set(ownWorkloads.map((workload) => `${workload.namespace}/${workload.name}`));
      return {
        workloads: ownWorkloads,
        pods: ownPods,
        // An HPA need not carry the workload's labels; what it scales says whose it is.
        hpas: rowsIn(hpas, tenant.namespace).filter((hpa) => targets.has(`${hpa.namespace}/${hpa.target.name}`)),
        nodes: [...new Set(ownPods.map((pod) => pod.node))].flatMap((name) => {
          const node = name === null ? undefined : nodes.get(name);
          return node === undefined ? [] : [node];
        }),
      };
    },
  };
}

function rowsIn<Row>(groups: Grouped<Row>, namespace: string | null): readonly Row[] {
  return namespace === null ? [...groups.values()].flat() : (groups.get(namespace) ?? []);
}

function grouped<Row extends RowMeta>(rows: Iterable<Row>): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const group = groups.get(row.namespace);
    if (group === undefined) {
      groups.set(row.namespace, [row]);
    } else {
      group.push(row);
    }
  }
  return groups;
}

/** Rows are replaced, never altered, so identity tells whether a namespace has changed. */
function addDifferences<Row>(before: Grouped<Row>, after: Grouped<Row>, into: Set<string>): void {
  for (const [namespace, rows] of after) {
    const old = before.get(namespace);
    if (old === undefined || old.length !== rows.length || rows.some((row, index) => row !== old[index])) {
      into.add(namespace);
    }
  }
  for (const namespace of before.keys()) {
    if (!after.has(namespace)) {
      into.add(namespace);
    }
  }
}
