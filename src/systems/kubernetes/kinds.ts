import type { Foreign } from './foreign.ts';
import { deploymentRow } from './projections/deployment.ts';
import { hpaRow } from './projections/horizontal-pod-autoscaler.ts';
import { namespaceRow } from './projections/namespace.ts';
import { nodeRow } from './projections/node.ts';
import { podRow } from './projections/pod.ts';
import { statefulSetRow } from './projections/statefulset.ts';
import type { Kind, KindRows } from './rows.ts';

interface KindDefinition<Row> {
  /** Where the API keeps it, without the namespace. */
  readonly group: '/api/v1' | '/apis/apps/v1' | '/apis/autoscaling/v2';
  readonly namespaced: boolean;
  readonly row: (foreign: Foreign) => Row;
}

export const kinds: { readonly [K in Kind]: KindDefinition<KindRows[K]> } = {
  deployments: { group: '/apis/apps/v1', namespaced: true, row: deploymentRow },
  statefulsets: { group: '/apis/apps/v1', namespaced: true, row: statefulSetRow },
  pods: { group: '/api/v1', namespaced: true, row: podRow },
  horizontalpodautoscalers: { group: '/apis/autoscaling/v2', namespaced: true, row: hpaRow },
  nodes: { group: '/api/v1', namespaced: false, row: nodeRow },
  namespaces: { group: '/api/v1', namespaced: false, row: namespaceRow },
};

/** The collection's path, cluster-wide or in one namespace. */
export function pathOf(kind: Kind, namespace: string | null): string {
  const { group } = kinds[kind];
  return namespace === null ? `${group}/${kind}` : `${group}/namespaces/${encodeURIComponent(namespace)}/${kind}`;
}
