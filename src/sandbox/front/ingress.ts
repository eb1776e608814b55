import type { SandboxKubernetes, StoredObject } from '../kubernetes/types.ts';
import { type Gate, gateOf } from './middlewares.ts';
import { type Asking, parseRule, type Rule } from './rule.ts';

/** What Traefik does with a request: hands it to pods, or answers itself. */
export type Passage =
  | { readonly to: 'pods'; readonly labels: Readonly<Record<string, string>>; readonly done: () => void }
  | {
      readonly to: 'nobody';
      readonly status: number;
      readonly body: string;
      readonly headers?: Record<string, string>;
    };

export interface Ingress {
  pass(asking: Asking, client: string): Passage;
}

interface Reference {
  readonly name: string;
  readonly namespace?: string;
}

interface Route {
  readonly match?: string;
  readonly priority?: number;
  readonly middlewares?: readonly Reference[];
  readonly services?: readonly Reference[];
}

interface Router extends Route {
  readonly namespace: string;
  readonly rule: Rule;
  /** Without a priority of its own, the longer rule wins. */
  readonly rank: number;
  /** Hosts that the rule spells out; `anyHost` where it spells out none. */
  readonly hosts: readonly string[];
}

const anyHost = '*';

/** Traefik too takes a moment to notice a change of a route; with a thousand of them nobody looks through all each time. */
const routesKeptMs = 100;

/** Follows IngressRoute, Middleware, Service and pods as they are (facts: data-tier.md §4.3, odoo.md §6). */
export function ingressOf(kubernetes: SandboxKubernetes, keptMs = routesKeptMs): Ingress {
  let table = new Map<string, readonly Router[]>();
  let readAt = Number.NEGATIVE_INFINITY;
  const known = new WeakMap<StoredObject, readonly Router[]>();
  const gates = new WeakMap<StoredObject, Gate>();

  function routersOf(object: StoredObject): readonly Router[] {
    const routers = known.get(object) ?? readRouters(object);
    known.set(object, routers);
    return routers;
  }

  /** The routers that may be meant by a host, those that name no host among them. */
  function candidates(host: string): readonly Router[] {
    const now = performance.now();
    if (now - readAt >= keptMs) {
      readAt = now;
      const routers = kubernetes.list('IngressRoute').flatMap(routersOf);
      const entries = routers.flatMap((router) => router.hosts.map((name): [string, Router] => [name, router]));
      table = new Map();
      for (const [name, router] of entries) {
        table.set(name, [...(table.get(name) ?? []), router]);
      }
    }
    return [...(table.get(host) ?? []), ...(table.get(anyHost) ?? [])];
  }

  /** Null where one of them is not there or makes no sense: Traefik then leaves the router out. */
  function gatesOf({ namespace, middlewares = [] }: Router): readonly Gate[] | null {
    const found: Gate[] = [];
    for (const { name, namespace: place = namespace } of middlewares) {
      const object = kubernetes.get({ kind: 'Middleware', namespace: place, name });
      if (object === undefined) {
        return null;
      }
      const gate = gates.get(object) ?? gateOf(object.spec);
      if (gate === null) {
        return null;
      }
      gates.set(object, gate);
      found.push(gate);
    }
    return found;
  }

  /** Labels of a pod that is ready behind the service; null when there is none. */
  function podBehind({ namespace, services = [] }: Router): Readonly<Record<string, string>> | null {
    for (const { name, namespace: place = namespace } of services) {
      const service = kubernetes.get({ kind: 'Service', namespace: place, name });
      const selector = (service?.spec as { readonly selector?: Record<string, string> } | undefined)?.selector;
      const wanted = Object.entries(selector ?? {});
      if (service !== undefined && wanted.length === 0) {
        // A Service without a selector has its endpoints outside the cluster.
        return {};
      }
      const pod = kubernetes
        .list('Pod', place)
        .find(
          ({ metadata: { labels = {} }, status }) =>
            wanted.length > 0 && wanted.every(([label, value]) => labels[label] === value) && isReady(status),
        );
      if (pod !== undefined) {
        return pod.metadata.labels ?? {};
      }
    }
    return null;
  }

  return {
    pass(asking, client) {
      const routers = candidates(asking.host)
        .filter(({ rule }) => rule(asking))
        .sort((a, b) => b.rank - a.rank);
      for (const router of routers) {
        const through = gatesOf(router);
        if (through !== null) {
          return passThrough(through, { ...asking, client }, () => podBehind(router));
        }
      }
      return { to: 'nobody', status: 404, body: '404 page not found\n' };
    },
  };
}

function passThrough(
  gates: readonly Gate[],
  asking: Asking & { readonly client: string },
  podBehind: () => Readonly<Record<string, string>> | null,
): Passage {
  const leave: (() => void)[] = [];
  const done = () => {
    for (const each of leave.splice(0)) {
      each();
    }
  };
  for (const gate of gates) {
    const opened = gate(asking);
    if (typeof opened !== 'function') {
      done();
      return { to: 'nobody', ...opened };
    }
    leave.push(opened);
  }
  const labels = podBehind();
  if (labels === null) {
    done();
    return { to: 'nobody', status: 503, body: 'no available server\n' };
  }
  return { to: 'pods', labels, done };
}

function readRouters({ metadata, spec }: StoredObject): readonly Router[] {
  const { routes = [] } = (spec ?? {}) as { readonly routes?: readonly Route[] };
  return routes.flatMap((route) => {
    const rule = parseRule(route.match ?? '');
    const rank = route.priority ?? route.match?.length ?? 0;
    return rule === null
      ? []
      : [{ ...route, rule, rank, hosts: hostsIn(route.match ?? ''), namespace: metadata.namespace ?? 'default' }];
  });
}

function hostsIn(match: string): readonly string[] {
  const hosts = [...match.matchAll(/\bHost\(([^)]*)\)/g)].flatMap(([, list = '']) =>
    [...list.matchAll(/`([^`]*)`/g)].map(([, host = '']) => host.toLowerCase()),
  );
  // A rule with an alternative or a negation may mean more hosts than it spells out.
  return hosts.length === 0 || /\|\||!|HostRegexp/.test(match) ? [anyHost] : hosts;
}

function isReady(status: unknown): boolean {
  const { conditions = [] } = (status ?? {}) as { conditions?: readonly { type: string; status: string }[] };
  return conditions.some(({ type, status: value }) => type === 'Ready' && value === 'True');
}
