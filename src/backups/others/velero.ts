import type { Tenant } from '#estate/estate.ts';
import type { ClusterReader } from '#systems/kubernetes/cluster.ts';
import { type Foreign, message, number, object, objects, text, time } from '#systems/kubernetes/foreign.ts';
import { listOf } from './kubernetes-lists.ts';
import { instantOf, noOthers, type OtherBackup, type Others } from './other.ts';

const source = 'velero';
/** Of the others a backup is either under way or has not ended well; only `Completed` can be used (facts: gitops.md §4.1). */
const underWay = new Set([
  '',
  'New',
  'Queued',
  'ReadyToStart',
  'InProgress',
  'WaitingForPluginOperations',
  'Finalizing',
]);

/** Velero's backups, for the tenants whose namespaces they take in. */
export async function velero(cluster: ClusterReader, tenants: readonly Tenant[]): Promise<Others> {
  const [backups, locations] = await Promise.all([
    listOf(cluster, 'velero.io/v1', 'backups'),
    listOf(cluster, 'velero.io/v1', 'backupstoragelocations'),
  ]);
  if (backups === null) {
    return noOthers;
  }
  const here = tenants.filter((tenant) => tenant.cluster === cluster.name);
  const away = (locations ?? []).filter((one) => object(one['status'])['phase'] === 'Unavailable');
  const awayNames = new Set(away.map((one) => text(object(one['metadata'])['name'])));
  return {
    backups: backups.map((backup): OtherBackup => {
      const [metadata, spec, status] = [object(backup['metadata']), object(backup['spec']), object(backup['status'])];
      const phase = text(status['phase']);
      const location = text(spec['storageLocation']);
      return {
        ...{ source, name: text(metadata['name']), place: `${cluster.name}/${location || 'default'}`, size: null },
        tenants: here.filter(({ namespace }) => namespace !== null && takesIn(spec, namespace)).map(({ name }) => name),
        at: instantOf(time(status['startTimestamp']) ?? time(metadata['creationTimestamp'])),
        status: phase === 'Completed' && !awayNames.has(location) ? 'ok' : underWay.has(phase) ? 'running' : 'failed',
        message: awayNames.has(location) ? `its storage location ${location} is not available` : wordsOf(phase, status),
      };
    }),
    windows: [],
    failures: [],
  };
}

function takesIn(spec: Foreign, namespace: string): boolean {
  const names = (value: unknown) => (Array.isArray(value) ? value.map((one) => text(one)) : []);
  const included = names(spec['includedNamespaces']);
  const excluded = names(spec['excludedNamespaces']);
  // A selector may leave out any of it; what a backup took in of a namespace cannot be told then.
  const isSelected =
    Object.keys(object(spec['labelSelector'])).length > 0 || objects(spec['orLabelSelectors']).length > 0;
  const isIn = included.length === 0 || included.includes('*') || included.includes(namespace);
  return isIn && !excluded.includes(namespace) && !isSelected;
}

function wordsOf(phase: string, status: Foreign): string | null {
  if (phase === 'Completed') {
    return null;
  }
  const errors = number(status['errors']);
  const [invalid] = Array.isArray(status['validationErrors']) ? status['validationErrors'] : [];
  const reason = message(status['failureReason']) ?? message(invalid) ?? (errors > 0 ? `${errors} errors` : null);
  return `${phase || 'New'}${reason === null ? '' : `: ${reason}`}`;
}
