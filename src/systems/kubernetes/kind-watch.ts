import { kinds, pathOf } from './kinds.ts';
import type { Reflection } from './one-stream.ts';
import { reflect } from './reflector.ts';
import type { Kind, KindRows } from './rows.ts';
import type { KindStore } from './store.ts';

export interface KindWatch<K extends Kind> {
  readonly kind: K;
  readonly store: KindStore<KindRows[K]>;
  /** The namespaces to keep to; null: the cluster, or what is known when we may not read the cluster. */
  readonly namespaces: readonly string[] | null;
  readonly knownNamespaces: () => readonly string[];
  readonly shared: Omit<Reflection<KindRows[K]>, 'path' | 'what' | 'row' | 'part'>;
}

/** The whole cluster under this name; a namespace cannot have it. */
const cluster = '';

/** Follows a kind until the signal ends it: cluster-wide where we may, else each known namespace by itself. */
export async function followKind<K extends Kind>(watch: KindWatch<K>): Promise<void> {
  const { kind, namespaces, shared } = watch;
  const { signal, pace, wait } = shared;
  const hasOtherWay = kinds[kind].namespaced;
  if (namespaces !== null && namespaces.length > 0 && hasOtherWay) {
    await followNamespaces(watch, () => namespaces);
  }
  while (!signal.aborted) {
    const refusal = await reflectPart(watch, cluster);
    if (refusal !== null && hasOtherWay && watch.knownNamespaces().length > 0) {
      await followNamespaces(watch, watch.knownNamespaces);
      continue;
    }
    if (refusal !== null) {
      watch.store.part(cluster).denied('forbidden', refusal.message);
    }
    // The right may be granted at any time; namespaces may become known sooner, and are looked for without a request.
    for (let waited = 0; waited < pace.denied && !signal.aborted; waited += pace.namespaces) {
      await wait(pace.namespaces, signal);
      if (hasOtherWay && watch.knownNamespaces().length > 0) {
        break;
      }
    }
  }
}

/**
 * One stream for each namespace; the list is looked at again and again, because tenants come and go. Ends when none is
 * left, or with the signal.
 */
async function followNamespaces<K extends Kind>(watch: KindWatch<K>, names: () => readonly string[]): Promise<void> {
  const { shared, store } = watch;
  const { signal, pace, wait } = shared;
  const running = new Map<string, AbortController>();
  while (!signal.aborted) {
    const wanted = new Set(names());
    for (const name of wanted) {
      if (!running.has(name)) {
        const stop = new AbortController();
        running.set(name, stop);
        void followNamespace(watch, name, AbortSignal.any([signal, stop.signal]));
      }
    }
    for (const [name, stop] of running) {
      if (!wanted.has(name)) {
        stop.abort();
        running.delete(name);
        store.remove(name);
      }
    }
    store.remove(cluster);
    if (wanted.size === 0) {
      return;
    }
    await wait(pace.namespaces, signal);
  }
}

async function followNamespace<K extends Kind>(watch: KindWatch<K>, name: string, signal: AbortSignal): Promise<void> {
  const within = { ...watch, shared: { ...watch.shared, signal } };
  while (!signal.aborted) {
    const refusal = await reflectPart(within, name);
    if (refusal !== null) {
      watch.store.part(name).denied('forbidden', refusal.message);
    }
    await watch.shared.wait(watch.shared.pace.denied, signal);
  }
}

function reflectPart<K extends Kind>({ kind, shared, store }: KindWatch<K>, name: string) {
  const where = name === cluster ? '' : ` in namespace ${name}`;
  return reflect({
    ...shared,
    path: pathOf(kind, name === cluster ? null : name),
    what: `watch ${kind}${where}`,
    row: kinds[kind].row,
    part: store.part(name),
  });
}
