import type { SourceState } from '../source.ts';
import type { Kind, KindRows } from './rows.ts';

/** A live copy of one kind's rows, kept by a reflector. It never throws; what is wrong is in `state`. */
export interface Store<Row> {
  readonly state: SourceState;
  /** The state of one namespace's part, where each is read by itself; that of the whole otherwise. */
  stateIn(namespace: string | null): SourceState;
  /** By uid. The same Map object for the store's life; read it, never write it. */
  readonly rows: ReadonlyMap<string, Row>;
  /** Grows with every change of rows or state: a cheap way to ask "anything new?". */
  readonly version: number;
  /** Called after each batch of changes, never once a row. Returns the way to stop. */
  subscribe(listener: () => void): () => void;
  /** Resolves when the first complete picture is in, or when the source has failed in a way that is known. */
  settled(): Promise<void>;
}

/** The connection to one cluster: reads only. Opens nothing until asked. */
export interface ClusterReader {
  readonly name: string;
  /** Starts (once) and returns the reflector of a kind, cluster-wide or in the namespaces given at opening. */
  watch<K extends Kind>(kind: K): Store<KindRows[K]>;
  /** One GET, JSON. Path begins with `/`. Throws ReadFailure. */
  get(path: string, options?: { readonly deadlineMs?: number }): Promise<unknown>;
  /** One key of a Secret. Throws ReadFailure. */
  secret(namespace: string, name: string, key: string): Promise<string>;
  /** A local port that leads to a ready pod behind the Service; closed with the reader. Throws ReadFailure. */
  forward(namespace: string, service: string, port: number): Promise<{ readonly host: string; readonly port: number }>;
  /** A local port that leads to this very pod, ready or not; closed with the reader. */
  forwardToPod(namespace: string, pod: string, port: number): Promise<{ readonly host: string; readonly port: number }>;
  /** The last lines of a pod's only container. Throws ReadFailure. */
  log(namespace: string, pod: string, options: { readonly lines: number }): Promise<string>;
  /** SelfSubjectAccessReview; null when it could not be asked. */
  mayI(verb: string, group: string, resource: string, namespace?: string): Promise<boolean | null>;
  close(): Promise<void>;
}
