import type { Node } from '../shapes.ts';
import type { SeedObject } from '../types.ts';
import { healthy } from './node-conditions.ts';

/** A node as a seed: what is missing is filled in by `nodeStatus`. */
export function plainNode(number: number): SeedObject {
  const name = `node-${number}`;
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: {
        'beta.kubernetes.io/arch': 'amd64',
        'beta.kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        'node-role.kubernetes.io/worker': '',
        'topology.kubernetes.io/zone': `zone-${'abc'[(number - 1) % 3]}`,
      },
    },
    spec: { podCIDR: `10.244.${number % 256}.0/24` },
  };
}

/** A healthy node's status, for seeds that give none. */
export function nodeStatus(name: string, index: number, since: string): Node['status'] {
  const resources = { cpu: '16', 'ephemeral-storage': '203056560Ki', memory: '65857956Ki', pods: '110' };
  return {
    capacity: resources,
    allocatable: { ...resources, cpu: '15800m', memory: '64833956Ki' },
    conditions: Object.entries(healthy).map(([type, told]) => ({
      type,
      status: told.status,
      lastHeartbeatTime: since,
      lastTransitionTime: since,
      reason: told.reason,
      message: told.message,
    })),
    addresses: [
      { type: 'InternalIP', address: `10.0.${index >>> 8}.${(index & 0xff) + 10}` },
      { type: 'Hostname', address: name },
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
    nodeInfo: {
      machineID: '',
      systemUUID: '',
      bootID: '',
      kernelVersion: '6.12.48+deb13-amd64',
      osImage: 'Debian GNU/Linux 13 (trixie)',
      containerRuntimeVersion: 'containerd://2.1.4',
      kubeletVersion: 'v1.36.2',
      kubeProxyVersion: '',
      operatingSystem: 'linux',
      architecture: 'amd64',
    },
  };
}
