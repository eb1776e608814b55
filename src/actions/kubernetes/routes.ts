import type { Tenant } from '#estate/estate.ts';
import { type Foreign, object, objects, text, texts } from '#systems/kubernetes/foreign.ts';
import { ReadFailure } from '#systems/source.ts';
import { exitCodes, TillError } from '#text/till-error.ts';
import type { PlanWorld } from '../action.ts';
import { type GitSources, gitSourcesOf } from './git/sources.ts';
import { collectionPath, objectPath } from './object-path.ts';
import { readNow } from './workloads.ts';

/** A Traefik IngressRoute, as the API holds it. */
export interface Route {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly generation: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly rules: readonly Foreign[];
  readonly held: Foreign;
}

export interface TenantRoutes {
  readonly clusterName: string;
  readonly namespace: string;
  readonly host: string;
  /** Those that lead the host somewhere, till's own among them. */
  readonly routes: readonly Route[];
  readonly git: GitSources;
  /** An object by name, or null when there is none. */
  find(kind: 'Service' | 'Middleware', name: string): Promise<Foreign | null>;
}

export const ownLabel = 'till.dev/action';

/** Reads how a tenant's host is routed. Throws where nobody knows its host. */
export async function routesOf(tenant: Tenant | null, world: PlanWorld): Promise<TenantRoutes> {
  const { cluster: clusterName, namespace, host, name } = tenant ?? {};
  if (clusterName == null || namespace == null || host == null) {
    throw new TillError(`${name ?? 'it'} names no cluster, namespace and host, so there is no route to act on`, {
      exit: exitCodes.usage,
      reason: 'no-route',
      ...(name === undefined ? {} : { target: name }),
      next: 'give the tenant a host in the estate',
    });
  }
  const cluster = await world.cluster(clusterName);
  const all = objects(object(await readNow(cluster, collectionPath('IngressRoute', namespace)))['items']).map(routeIn);
  const routes = all.filter(({ rules }) => rules.some((rule) => leadsFrom(rule, host)));
  return {
    ...{ clusterName, namespace, host, routes },
    git: await gitSourcesOf(
      routes.map(({ held }) => held),
      cluster,
    ),
    async find(kind, named) {
      try {
        return object(await cluster.get(objectPath({ kind, namespace, name: named })));
      } catch (error) {
        if (error instanceof ReadFailure && error.code === '404') {
          return null;
        }
        throw error;
      }
    },
  };
}

function routeIn(held: Foreign): Route {
  const metadata = object(held['metadata']);
  return {
    namespace: text(metadata['namespace']),
    name: text(metadata['name']),
    uid: text(metadata['uid']),
    generation: Number(metadata['generation'] ?? 1),
    labels: texts(metadata['labels']),
    rules: objects(object(held['spec'])['routes']),
    held,
  };
}

/** Whether a rule names the host: Host(`a`), or Host(`a`, `b`). */
export function leadsFrom(rule: Foreign, host: string): boolean {
  return text(rule['match'], 4096).includes(`\`${host}\``);
}
