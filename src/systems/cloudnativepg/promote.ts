import type { Foreign } from '../kubernetes/foreign.ts';
import type { ClusterWriter, Written } from '../kubernetes/writer.ts';
import type { Operation } from '../operation.ts';
import { type CloudNativePgCluster, conditionsOf, pathOf } from './cluster.ts';

/**
 * Asks the operator to promote an instance, as its own plugin does: a patch of `/status` with the resourceVersion just read as
 * lock (facts: data-tier.md §1.8). That it was written says little: a plugin once wrote and nothing came of it, so it is read again.
 */
export function promote(
  operation: Operation,
  writer: ClusterWriter,
  cluster: CloudNativePgCluster,
  { to, at }: { readonly to: string; readonly at: number },
): Promise<Written> {
  const { uid, resourceVersion } = cluster;
  const target = { path: `${pathOf(cluster)}/status`, uid, resourceVersion };
  return writer.mergePatch(operation, target, promotion(cluster, to, at));
}

export function promotion(cluster: CloudNativePgCluster, to: string, at: number): object {
  const conditions = conditionsOf(cluster)?.map((condition) =>
    condition['type'] === 'Ready' ? notReady(condition, at) : condition,
  );
  return {
    status: {
      targetPrimary: to,
      targetPrimaryTimestamp: new Date(at).toISOString().replace('Z', '000Z'),
      phase: 'Switchover in progress',
      phaseReason: `Switching over to ${to}`,
      ...(conditions === undefined ? {} : { conditions }),
    },
  };
}

function notReady(condition: Foreign, at: number): Foreign {
  const was = condition['status'] === 'False' ? condition['lastTransitionTime'] : undefined;
  return {
    ...condition,
    status: 'False',
    reason: 'ClusterIsNotReady',
    message: 'Cluster Is Not Ready',
    lastTransitionTime: was ?? new Date(at).toISOString().replace(/\.\d{3}Z$/, 'Z'),
  };
}
