import type { Clock } from '#text/clock.ts';

/** What an object of the API looks like to whoever seeds it. The server fills what it owns: uid, resourceVersion, generation. */
export interface SeedObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    /** RFC 3339. Kept when given, so that a seeded estate has a past; else now. */
    readonly creationTimestamp?: string;
    readonly [field: string]: unknown;
  };
  readonly spec?: unknown;
  readonly status?: unknown;
  /** `data`, `rules`, `subjects`, `roleRef` … */
  readonly [field: string]: unknown;
}

export interface StoredMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly creationTimestamp: string;
  readonly generation?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

/** An object as the server holds it. Never change one in place: apply a new one. */
export interface StoredObject extends SeedObject {
  readonly metadata: StoredMeta;
}

/** Which object: by kind (`Pod`, `IngressRoute`), name, and namespace where the kind has one. */
export interface ObjectRef {
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
}

/** Pods of a namespace (or of all) that carry these labels. */
export interface PodSelector {
  readonly namespace?: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** What goes wrong with the pods of a selector, from now until it is taken back with `null`. */
export type PodBehaviour =
  /** The container ends after `afterMs` of life, again and again, with the back-off of the real kubelet (scaled by `pace`). */
  | {
      readonly crash: {
        readonly exitCode?: number;
        readonly reason?: string;
        readonly message?: string;
        readonly afterMs?: number;
        /** Restarts that lie behind it already, so that a seeded picture shows an old trouble. */
        readonly restarts?: number;
      };
    }
  | { readonly oomKilled: { readonly afterMs?: number; readonly restarts?: number } }
  | { readonly imagePullBackOff: { readonly image?: string; readonly message?: string } }
  /** Runs, but the readiness probe fails. */
  | { readonly notReady: { readonly message?: string } }
  /** No node takes it. */
  | { readonly unschedulable: { readonly message?: string } };

export interface NodeCondition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason?: string;
  readonly message?: string;
}

/** Lines that `GET pods/NAME/log` answers with; `null` leaves it to the default. */
export type PodLog = (
  pod: StoredObject,
  container: string,
) => readonly { readonly at: number; readonly text: string }[];

export interface SandboxKubernetes {
  /** `https://127.0.0.1:PORT` */
  readonly url: string;
  readonly caPath: string;
  /** Contexts `till-sandbox` (user `till-reader`, current) and `till-sandbox-admin`. */
  readonly kubeconfigPath: string;
  /** What `--audit-log-path` of a real server is: an event a line, 0600. An older file may lie beside it, `.1`. */
  readonly auditLogPath: string;
  /** Creates or replaces; controllers and watches follow. A status that is left out is kept. */
  apply(object: SeedObject): StoredObject;
  /** Deletes, with what it owns; false when there was none. */
  remove(ref: ObjectRef): boolean;
  get(ref: ObjectRef): StoredObject | undefined;
  list(kind: string, namespace?: string): readonly StoredObject[];
  /** Takes effect on pods that are there and on those to come; `null` heals. */
  setPodBehaviour(selector: PodSelector, behaviour: PodBehaviour | null): void;
  /** Use of CPU that an HPA measures, in per cent of the request: `180` makes it grow. */
  setLoad(autoscaler: { readonly namespace: string; readonly name: string }, cpuPercent: number): void;
  /** Memory pressure, a node that is not ready, … Events and taints follow. */
  setNodeCondition(node: string, condition: NodeCondition): void;
  setPodLog(selector: PodSelector, log: PodLog | null): void;
  /** A bearer token for somebody; what they may do is up to the Role and binding objects. */
  issueToken(user: string, groups?: readonly string[]): string;
  /** The next request with it is answered 401. Open watches go on, as on a real server. */
  revokeToken(token: string): void;
  /** Forgets the past: old watches and pages are answered 410 from now on. */
  compact(): void;
  /** Cuts every connection, as a proxy that restarts would. New ones are taken at once. */
  cut(): void;
  close(): Promise<void>;
}

/** What listens behind a pod, on this machine. */
export interface PodListener {
  /** By the container's port. */
  readonly ports: ReadonlyMap<number, number>;
  log(): readonly { readonly at: number; readonly text: string }[];
  close(): Promise<void>;
}

/** Makes some pods answer for real: a port-forward to one of them ends at its listener. */
export interface PodServer {
  takes(pod: StoredObject): boolean;
  /** With what its first container has in its environment. */
  start(pod: StoredObject, environment: Readonly<Record<string, string>>): Promise<PodListener>;
}

/** Timers, so that tests can move time by hand. */
export interface Timers {
  /** Runs once after `ms`; returns the way to take it back. */
  after(ms: number, run: () => void): () => void;
}

/** Pods that run as real processes of this machine. */
export interface ProcessOptions {
  readonly namespace: string;
  readonly image: string;
  /** What the image starts; a container's arguments follow. */
  readonly entrypoint: readonly string[];
  /** For pods' volumes; gone when the sandbox ends. */
  readonly folder: string;
  /** What the image's environment has. */
  readonly env: Readonly<Record<string, string>>;
}

export interface SandboxKubernetesOptions {
  /** Where `kubeconfig` and the certificates go, 0600. */
  readonly folder: string;
  /**
   * What is there at the first moment. Workloads are seeded whole: their ReplicaSets and pods exist and run already.
   * Namespaces that are only mentioned are made.
   */
  readonly seed: readonly SeedObject[];
  readonly clock: Clock;
  readonly timers?: Timers;
  /** 0 or absent: any free port. */
  readonly port?: number;
  /** How much faster than real life pods start and back off; 1 by default. */
  readonly pace?: number;
  /** Left out: nothing runs. */
  readonly processes?: ProcessOptions;
  /** Left out: nothing listens behind any pod. */
  readonly serving?: PodServer;
  /** No ServiceAccount token lives longer: what is asked for beyond it is shortened, with a warning. */
  readonly maxTokenSeconds?: number;
}
