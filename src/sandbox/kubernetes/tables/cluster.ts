import type { Node } from '../shapes.ts';
import type { StoredObject } from '../types.ts';
import type { Table } from './table.ts';
import { or, since } from './values.ts';

interface Phased extends StoredObject {
  readonly status?: { readonly phase?: string };
}

const createdAt: Table = {
  columns: ['Name:string/name', 'Created At:date'],
  cells: ({ metadata }) => [metadata.name, metadata.creationTimestamp],
};

export const clusterTables: Readonly<Record<string, Table>> = {
  namespaces: {
    columns: ['Name:string/name', 'Status:string', 'Age:string'],
    cells: (object, now) => [
      object.metadata.name,
      (object as Phased).status?.phase ?? '',
      since(object.metadata.creationTimestamp, now),
    ],
  },
  nodes: {
    columns: [
      'Name:string/name',
      'Status:string',
      'Roles:string',
      'Age:string',
      'Version:string',
      'Internal-IP:string(1)',
      'External-IP:string(1)',
      'OS-Image:string(1)',
      'Kernel-Version:string(1)',
      'Container-Runtime:string(1)',
    ],
    cells: (object, now) => {
      const node = object as unknown as Node;
      const info = node.status?.nodeInfo ?? {};
      return [
        node.metadata.name,
        readiness(node),
        roles(node),
        since(node.metadata.creationTimestamp, now),
        info['kubeletVersion'] ?? '',
        address(node, 'InternalIP'),
        address(node, 'ExternalIP'),
        or(info['osImage'], '<unknown>'),
        or(info['kernelVersion'], '<unknown>'),
        or(info['containerRuntimeVersion'], '<unknown>'),
      ];
    },
  },
  'roles.rbac.authorization.k8s.io': createdAt,
  'clusterroles.rbac.authorization.k8s.io': createdAt,
  'rolebindings.rbac.authorization.k8s.io': bindingTable(),
  'clusterrolebindings.rbac.authorization.k8s.io': bindingTable(),
  'customresourcedefinitions.apiextensions.k8s.io': createdAt,
  'priorityclasses.scheduling.k8s.io': {
    columns: ['Name:string/name', 'Value:integer', 'Global-Default:boolean', 'Age:string', 'PreemptionPolicy:string'],
    cells: (object, now) => [
      object.metadata.name,
      Number(object['value'] ?? 0),
      object['globalDefault'] === true,
      since(object.metadata.creationTimestamp, now),
      String(object['preemptionPolicy'] ?? 'PreemptLowerPriority'),
    ],
  },
  'leases.coordination.k8s.io': {
    columns: ['Name:string/name', 'Holder:string', 'Age:string'],
    cells: (object, now) => [
      object.metadata.name,
      (object.spec as { readonly holderIdentity?: string } | undefined)?.holderIdentity ?? '',
      since(object.metadata.creationTimestamp, now),
    ],
  },
};

function readiness({ spec, status }: Node): string {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  const told = ready === undefined ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady';
  return spec.unschedulable === true ? `${told},SchedulingDisabled` : told;
}

function roles({ metadata }: Node): string {
  const prefix = 'node-role.kubernetes.io/';
  const named = Object.entries(metadata.labels ?? {}).flatMap(([key, value]) => {
    if (key.startsWith(prefix)) {
      return [key.slice(prefix.length)];
    }
    return key === 'kubernetes.io/role' ? [value] : [];
  });
  return or(named.sort().join(','), '<none>');
}

function address({ status }: Node, wanted: string): string {
  return or(status?.addresses?.find(({ type }) => type === wanted)?.address, '<none>');
}

interface Binding extends StoredObject {
  readonly roleRef: { readonly kind: string; readonly name: string };
  readonly subjects?: readonly { readonly kind: string; readonly name: string; readonly namespace?: string }[];
}

function bindingTable(): Table {
  return {
    columns: [
      'Name:string/name',
      'Role:string',
      'Age:string',
      'Users:string(1)',
      'Groups:string(1)',
      'ServiceAccounts:string(1)',
    ],
    cells: (object, now) => {
      const { roleRef, subjects = [], metadata } = object as Binding;
      const named = (kind: string): string =>
        subjects
          .filter((subject) => subject.kind === kind)
          .map(({ name, namespace }) => (namespace === undefined ? name : `${namespace}/${name}`))
          .join(', ');
      return [
        metadata.name,
        `${roleRef.kind}/${roleRef.name}`,
        since(metadata.creationTimestamp, now),
        named('User'),
        named('Group'),
        named('ServiceAccount'),
      ];
    },
  };
}
