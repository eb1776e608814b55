import { type Clock, systemClock } from '#text/clock.ts';
import { ReadFailure } from '../source.ts';
import type { ClusterReader, Store } from './cluster.ts';
import { Connection } from './connection.ts';
import { object, textOrNull } from './foreign.ts';
import { Forwards } from './forward.ts';
import { followKind } from './kind-watch.ts';
import { type Pace, usualPace, wait as usualWait, type Wait } from './pace.ts';
import { Pulse } from './pulse.ts';
import type { Kind, KindRows } from './rows.ts';
import { KindStore } from './store.ts';

export interface ClusterOptions {
  /** The estate's name for it. */
  readonly name: string;
  /** A context of the kubeconfig; the current one by default. */
  readonly context?: string | undefined;
  /** A kubeconfig file; as kubectl chooses by default. */
  readonly kubeconfig?: string | undefined;
  /** Keep to these namespaces. */
  readonly namespaces?: readonly string[] | undefined;
  /** Where to look when the whole cluster may not be read. Asked again and again. */
  readonly knownNamespaces?: () => readonly string[];
  readonly clock?: Clock;
  readonly random?: () => number;
  readonly env?: NodeJS.ProcessEnv;
  readonly pace?: Partial<Pace>;
  readonly wait?: Wait;
}

const deadlineMs = 10_000;
const logBytes = 1024 * 1024;

/** Reads one cluster. Nothing is opened before something is asked. */
export function openCluster(options: ClusterOptions): ClusterReader {
  const { name, clock = systemClock, random = Math.random, wait = usualWait } = options;
  const pace = { ...usualPace, ...options.pace };
  const choice = { path: options.kubeconfig, context: options.context, env: options.env ?? process.env };
  const closing = new AbortController();
  const { signal } = closing;
  const connection = new Connection(choice, clock, pace, signal);
  const pulse = new Pulse(
    clock,
    pace,
    () => connection.isAlive(),
    () => connection.sever(),
  );
  const stores = new Map<Kind, { store: KindStore<never>; following: Promise<void> }>();
  const get: ClusterReader['get'] = (path, asked) =>
    connection.json({ what: `get ${path}`, path, deadlineMs: asked?.deadlineMs ?? deadlineMs, signal });
  const forwards = new Forwards(connection, get);

  return {
    name,
    watch<K extends Kind>(kind: K): Store<KindRows[K]> {
      const known = stores.get(kind);
      if (known !== undefined) {
        return known.store as unknown as Store<KindRows[K]>;
      }
      const store = new KindStore<KindRows[K]>(`kubernetes/${name}/${kind}`, clock, pace.lag);
      const following = followKind({
        kind,
        store,
        namespaces: options.namespaces ?? null,
        knownNamespaces: options.knownNamespaces ?? (() => []),
        shared: { connection, pulse, clock, random, wait, pace, signal },
      });
      stores.set(kind, { store: store as unknown as KindStore<never>, following });
      return store;
    },
    get,
    async secret(namespace, secretName, key) {
      const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets/${encodeURIComponent(secretName)}`;
      const what = `get secret ${namespace}/${secretName}`;
      const held = object(await connection.json({ what, path, deadlineMs, signal }));
      const value = textOrNull(object(held['data'])[key], 2_000_000);
      if (value === null) {
        throw new ReadFailure('unsupported', `secret ${namespace}/${secretName} has no key "${key}"`, 'no-key');
      }
      return Buffer.from(value, 'base64').toString('utf8');
    },
    forward: (namespace, service, port) => forwards.to(namespace, service, port),
    forwardToPod: (namespace, pod, port) => forwards.toPod(namespace, pod, port),
    log: (namespace, pod, { lines }) =>
      connection.text({
        what: `get the log of pod ${namespace}/${pod}`,
        path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}/log?tailLines=${lines}&limitBytes=${logBytes}`,
        headers: { accept: '*/*' },
        ...{ deadlineMs, signal },
      }),
    async mayI(verb, group, resource, namespace) {
      const [main, subresource] = resource.split('/');
      const resourceAttributes = {
        verb,
        group,
        resource: main,
        ...(subresource !== undefined && { subresource }),
        ...(namespace !== undefined && { namespace }),
      };
      const body = {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        spec: { resourceAttributes },
      };
      const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
      try {
        const asked = { what: 'ask what we may do', path, method: 'POST' as const, body, deadlineMs, signal };
        const allowed = object(object(await connection.json(asked))['status'])['allowed'];
        return typeof allowed === 'boolean' ? allowed : null;
      } catch {
        return null;
      }
    },
    async close() {
      closing.abort();
      pulse.stop();
      await forwards.close();
      await Promise.all([...stores.values()].map(({ following }) => following));
      for (const { store } of stores.values()) {
        store.stop();
      }
      await connection.close();
    },
  };
}
