/**
 * What we keep of a Kubernetes object: a projection made while parsing; the object itself is dropped, because 20,000 full
 * pods retain 352 MB and their rows 13 MB (facts: kubernetes.md §5.2). Texts come from outside and are stored as they
 * came; whoever prints them strips control characters (src/text).
 */
export interface RowMeta {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly resourceVersion: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Epoch milliseconds. */
  readonly createdAt: number;
}

export interface ConditionRow {
  readonly type: string;
  readonly status: string;
  readonly reason: string | null;
  readonly message: string | null;
  /** lastTransitionTime, epoch milliseconds. */
  readonly changedAt: number | null;
}

export interface WorkloadRow extends RowMeta {
  readonly kind: 'Deployment' | 'StatefulSet';
  readonly generation: number;
  readonly observedGeneration: number;
  /** spec.replicas */
  readonly replicas: number;
  readonly ready: number;
  readonly updated: number;
  readonly available: number;
  readonly paused: boolean;
  readonly containers: readonly { readonly name: string; readonly image: string }[];
  readonly conditions: readonly ConditionRow[];
  /** matchLabels of spec.selector. */
  readonly selector: Readonly<Record<string, string>>;
  /** `deployment.kubernetes.io/revision`; null where there is none. */
  readonly revision: string | null;
}

export interface PodRow extends RowMeta {
  readonly phase: string;
  /** kubectl's STATUS column: `Running`, `CrashLoopBackOff`, `Init:0/1`, `Terminating` … */
  readonly status: string;
  readonly ready: boolean;
  readonly containersReady: number;
  readonly containers: number;
  readonly restarts: number;
  /** The newest termination of any container. */
  readonly lastTermination: {
    readonly container: string;
    readonly reason: string;
    readonly exitCode: number | null;
    readonly finishedAt: number | null;
  } | null;
  readonly node: string | null;
  readonly startedAt: number | null;
  readonly deletedAt: number | null;
  readonly owner: { readonly kind: string; readonly name: string; readonly uid: string } | null;
}

export interface HpaRow extends RowMeta {
  readonly target: { readonly kind: string; readonly name: string };
  readonly min: number;
  readonly max: number;
  readonly current: number;
  readonly desired: number;
  readonly conditions: readonly ConditionRow[];
}

export interface NodeRow extends RowMeta {
  readonly ready: boolean;
  readonly unschedulable: boolean;
  /** Types of conditions that are True and bad: `MemoryPressure`, `DiskPressure`, `PIDPressure`, `NetworkUnavailable`. */
  readonly pressures: readonly string[];
  readonly conditions: readonly ConditionRow[];
}

export interface NamespaceRow extends RowMeta {
  readonly phase: string;
}

/** The kinds that the watcher follows, by the plural that the API uses. */
export interface KindRows {
  readonly deployments: WorkloadRow;
  readonly statefulsets: WorkloadRow;
  readonly pods: PodRow;
  readonly horizontalpodautoscalers: HpaRow;
  readonly nodes: NodeRow;
  readonly namespaces: NamespaceRow;
}
export type Kind = keyof KindRows;
