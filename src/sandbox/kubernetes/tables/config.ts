import type { StoredObject } from '../types.ts';
import type { Table } from './table.ts';
import { or, since } from './values.ts';

const size = (value: unknown): number => Object.keys((value as object | undefined) ?? {}).length;
const age = ({ metadata }: StoredObject, now: number): string => since(metadata.creationTimestamp, now);

interface Budget {
  readonly minAvailable?: number | string;
  readonly maxUnavailable?: number | string;
}

interface Volume {
  readonly volumeName?: string;
  readonly storageClassName?: string;
  readonly volumeMode?: string;
  readonly accessModes?: readonly string[];
  readonly capacity?: { readonly storage?: string };
  readonly phase?: string;
  readonly reason?: string;
  readonly claimRef?: { readonly namespace: string; readonly name: string };
  readonly persistentVolumeReclaimPolicy?: string;
}

export const configTables: Readonly<Record<string, Table>> = {
  configmaps: {
    columns: ['Name:string/name', 'Data:string', 'Age:string'],
    cells: (object, now) => [object.metadata.name, size(object['data']) + size(object['binaryData']), age(object, now)],
  },
  secrets: {
    columns: ['Name:string/name', 'Type:string', 'Data:string', 'Age:string'],
    cells: (object, now) => [
      object.metadata.name,
      String(object['type'] ?? 'Opaque'),
      size(object['data']),
      age(object, now),
    ],
  },
  limitranges: {
    columns: ['Name:string/name', 'Created At:date'],
    cells: ({ metadata }) => [metadata.name, metadata.creationTimestamp],
  },
  resourcequotas: {
    columns: ['Name:string/name', 'Request:string', 'Limit:string', 'Age:string'],
    cells: (object, now) => {
      const { hard = {}, used = {} } = (object.status ?? {}) as Record<string, Record<string, string>>;
      const told = (isLimit: boolean): string =>
        Object.keys(hard)
          .filter((name) => name.startsWith('limits.') === isLimit)
          .sort()
          .map((name) => `${name}: ${used[name] ?? '0'}/${hard[name] ?? '0'}`)
          .join(', ');
      return [object.metadata.name, told(false), told(true), age(object, now)];
    },
  },
  'poddisruptionbudgets.policy': {
    columns: [
      'Name:string/name',
      'Min Available:string',
      'Max Unavailable:string',
      'Allowed Disruptions:integer',
      'Age:string',
    ],
    cells: (object, now) => {
      const { minAvailable, maxUnavailable } = (object.spec ?? {}) as Budget;
      return [
        object.metadata.name,
        `${minAvailable ?? 'N/A'}`,
        `${maxUnavailable ?? 'N/A'}`,
        (object.status as { readonly disruptionsAllowed?: number } | undefined)?.disruptionsAllowed ?? 0,
        age(object, now),
      ];
    },
  },
  persistentvolumeclaims: {
    columns: [
      'Name:string/name',
      'Status:string',
      'Volume:string',
      'Capacity:string',
      'Access Modes:string',
      'StorageClass:string',
      'VolumeAttributesClass:string',
      'Age:string',
      'VolumeMode:string(1)',
    ],
    cells: (object, now) => {
      const spec = (object.spec ?? {}) as Volume;
      const status = (object.status ?? {}) as Volume;
      return [
        object.metadata.name,
        status.phase ?? '',
        spec.volumeName ?? '',
        status.capacity?.storage ?? '',
        modes(status.accessModes),
        spec.storageClassName ?? '',
        '<unset>',
        age(object, now),
        spec.volumeMode ?? 'Filesystem',
      ];
    },
  },
  persistentvolumes: {
    columns: [
      'Name:string/name',
      'Capacity:string',
      'Access Modes:string',
      'Reclaim Policy:string',
      'Status:string',
      'Claim:string',
      'StorageClass:string',
      'VolumeAttributesClass:string',
      'Reason:string',
      'Age:string',
      'VolumeMode:string(1)',
    ],
    cells: (object, now) => {
      const spec = (object.spec ?? {}) as Volume;
      const status = (object.status ?? {}) as Volume;
      const { claimRef } = spec;
      return [
        object.metadata.name,
        spec.capacity?.storage ?? '',
        modes(spec.accessModes),
        spec.persistentVolumeReclaimPolicy ?? '',
        status.phase ?? '',
        claimRef === undefined ? '' : `${claimRef.namespace}/${claimRef.name}`,
        spec.storageClassName ?? '',
        '<unset>',
        status.reason ?? '',
        age(object, now),
        spec.volumeMode ?? 'Filesystem',
      ];
    },
  },
  'storageclasses.storage.k8s.io': {
    columns: [
      'Name:string/name',
      'Provisioner:string',
      'ReclaimPolicy:string',
      'VolumeBindingMode:string',
      'AllowVolumeExpansion:string',
      'Age:string',
    ],
    cells: (object, now) => [
      storageClassName(object),
      String(object['provisioner'] ?? ''),
      String(object['reclaimPolicy'] ?? 'Delete'),
      String(object['volumeBindingMode'] ?? 'Immediate'),
      `${object['allowVolumeExpansion'] === true}`,
      age(object, now),
    ],
  },
};

function modes(names: readonly string[] | undefined): string {
  const short: Readonly<Record<string, string>> = {
    ReadWriteOnce: 'RWO',
    ReadOnlyMany: 'ROX',
    ReadWriteMany: 'RWX',
    ReadWriteOncePod: 'RWOP',
  };
  return or((names ?? []).map((name) => short[name] ?? name).join(','), '');
}

function storageClassName({ metadata }: StoredObject): string {
  return metadata.annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true'
    ? `${metadata.name} (default)`
    : metadata.name;
}
