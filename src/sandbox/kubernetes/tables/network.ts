import type { Service, ServicePort } from '../shapes.ts';
import type { StoredObject } from '../types.ts';
import type { Table } from './table.ts';
import { mapText, or, selectorText, since } from './values.ts';

export const networkTables: Readonly<Record<string, Table>> = {
  services: {
    columns: [
      'Name:string/name',
      'Type:string',
      'Cluster-IP:string',
      'External-IP:string',
      'Port(s):string',
      'Age:string',
      'Selector:string(1)',
    ],
    cells: (object, now) => {
      const service = object as unknown as Service;
      const { spec, metadata } = service;
      return [
        metadata.name,
        spec.type ?? 'ClusterIP',
        or(spec.clusterIP, '<none>'),
        externalAddress(service),
        or((spec.ports ?? []).map(portText).join(','), '<none>'),
        since(metadata.creationTimestamp, now),
        mapText(spec.selector),
      ];
    },
  },
  endpoints: {
    columns: ['Name:string/name', 'Endpoints:string', 'Age:string'],
    cells: (object, now) => [object.metadata.name, endpoints(object as Endpoints), age(object, now)],
  },
  'endpointslices.discovery.k8s.io': {
    columns: ['Name:string/name', 'AddressType:string', 'Ports:string', 'Endpoints:string', 'Age:string'],
    cells: (object, now) => {
      const { addressType = '', ports, endpoints: targets } = object as Slice;
      const addresses = (targets ?? []).flatMap((target) => target.addresses);
      return [
        object.metadata.name,
        addressType,
        or((ports ?? []).map(({ port }) => `${port ?? '*'}`).join(','), '<unset>'),
        or(listed(addresses), '<unset>'),
        age(object, now),
      ];
    },
  },
  'ingresses.networking.k8s.io': {
    columns: ['Name:string/name', 'Class:string', 'Hosts:string', 'Address:string', 'Ports:string', 'Age:string'],
    cells: (object, now) => {
      const { spec, status } = object as Ingress;
      const hosts = (spec.rules ?? []).map(({ host }) => host ?? '').filter((host) => host !== '');
      const addresses = (status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip ?? hostname ?? '');
      return [
        object.metadata.name,
        or(spec.ingressClassName, '<none>'),
        or(listed(hosts), '*'),
        addresses.join(','),
        (spec.tls?.length ?? 0) > 0 ? '80, 443' : '80',
        age(object, now),
      ];
    },
  },
  'ingressclasses.networking.k8s.io': {
    columns: ['Name:string/name', 'Controller:string', 'Parameters:string', 'Age:string'],
    cells: (object, now) => [
      object.metadata.name,
      (object.spec as { readonly controller?: string }).controller ?? '',
      '<none>',
      age(object, now),
    ],
  },
  'networkpolicies.networking.k8s.io': {
    columns: ['Name:string/name', 'Pod-Selector:string', 'Age:string'],
    cells: (object, now) => [
      object.metadata.name,
      selectorText((object.spec as { readonly podSelector?: { matchLabels?: Record<string, string> } }).podSelector),
      age(object, now),
    ],
  },
};

interface Endpoints extends StoredObject {
  readonly subsets?: readonly {
    readonly addresses?: readonly { readonly ip: string }[];
    readonly ports?: readonly { readonly port: number }[];
  }[];
}

interface Slice extends StoredObject {
  readonly addressType?: string;
  readonly ports?: readonly { readonly port?: number }[];
  readonly endpoints?: readonly { readonly addresses: readonly string[] }[];
}

interface Ingress extends StoredObject {
  readonly spec: {
    readonly ingressClassName?: string;
    readonly rules?: readonly { readonly host?: string }[];
    readonly tls?: readonly unknown[];
  };
  readonly status?: {
    readonly loadBalancer?: { readonly ingress?: readonly { readonly ip?: string; readonly hostname?: string }[] };
  };
}

function externalAddress({ spec, status }: Service): string {
  const external = (spec.externalIPs ?? []).join(',');
  switch (spec.type) {
    case 'LoadBalancer': {
      const given = (status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip ?? hostname ?? '');
      return or([...given, ...(spec.externalIPs ?? [])].join(','), '<pending>');
    }
    case 'ExternalName':
      return spec.externalName ?? '';
    default:
      return or(external, '<none>');
  }
}

function portText({ port, nodePort, protocol = 'TCP' }: ServicePort): string {
  return nodePort === undefined ? `${port}/${protocol}` : `${port}:${nodePort}/${protocol}`;
}

function endpoints({ subsets = [] }: Endpoints): string {
  const told = subsets.flatMap(({ addresses = [], ports = [] }) =>
    addresses.flatMap(({ ip }) => (ports.length === 0 ? [ip] : ports.map(({ port }) => `${ip}:${port}`))),
  );
  return or(listed(told), '<none>');
}

function listed(values: readonly string[]): string {
  const shown = values.slice(0, 3).join(',');
  return values.length > 3 ? `${shown} + ${values.length - 3} more...` : shown;
}

function age({ metadata }: StoredObject, now: number): string {
  return since(metadata.creationTimestamp, now);
}
