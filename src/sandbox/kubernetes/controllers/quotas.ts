import { type QuotaObject, usedQuantities } from '../admission/quota.ts';
import { type Cluster, putStatus } from './cluster.ts';

/** Counts what of a ResourceQuota is used. */
export function reconcileQuota(cluster: Cluster, key: string): void {
  const { store, kinds } = cluster;
  const [namespace, name = ''] = key.split('/');
  const object = store.get(kinds.quota, namespace, name);
  if (object !== undefined) {
    const quota = object as QuotaObject;
    putStatus(cluster, kinds.quota, object, { hard: quota.spec.hard ?? {}, used: usedQuantities(store, quota) });
  }
}
