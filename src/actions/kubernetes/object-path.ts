import type { PlanObject } from '../plan.ts';

const collections: Readonly<Record<string, string>> = {
  Deployment: '/apis/apps/v1|deployments',
  StatefulSet: '/apis/apps/v1|statefulsets',
  ReplicaSet: '/apis/apps/v1|replicasets',
  HorizontalPodAutoscaler: '/apis/autoscaling/v2|horizontalpodautoscalers',
  Pod: '/api/v1|pods',
  ResourceQuota: '/api/v1|resourcequotas',
  Service: '/api/v1|services',
  IngressRoute: '/apis/traefik.io/v1alpha1|ingressroutes',
  Middleware: '/apis/traefik.io/v1alpha1|middlewares',
  Cluster: '/apis/postgresql.cnpg.io/v1|clusters',
};

/** `/apis/apps/v1/namespaces/maple-toys/deployments`, with the name where there is one. */
export function collectionPath(kind: string, namespace: string): string {
  const [root = '', plural = ''] = (collections[kind] ?? '').split('|');
  if (plural === '') {
    throw new Error(`no path is known for the kind ${kind}`);
  }
  return `${root}/namespaces/${encodeURIComponent(namespace)}/${plural}`;
}

export function objectPath({ kind, namespace, name }: Pick<PlanObject, 'kind' | 'namespace' | 'name'>): string {
  return `${collectionPath(kind, namespace ?? 'default')}/${encodeURIComponent(name)}`;
}

/** How a change names its object: `Deployment maple-toys/odoo-web`. */
export function labelOf({ kind, namespace, name }: Pick<PlanObject, 'kind' | 'namespace' | 'name'>): string {
  return `${kind} ${namespace ?? ''}/${name}`;
}
