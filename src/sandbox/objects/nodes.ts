import type { SeedObject } from '../kubernetes/types.ts';

/** Three zones, and one more node for every so many pods. */
export function nodeObjects(podCount: number, createdAt: string): readonly SeedObject[] {
  const count = Math.max(3, Math.ceil(podCount / 60));
  return Array.from({ length: count }, (_, index) => nodeObject(index, createdAt));
}

function nodeObject(index: number, creationTimestamp: string): SeedObject {
  const name = `node-${String(index + 1).padStart(2, '0')}`;
  const capacity = { cpu: '16', memory: '65806212Ki', pods: '110', 'ephemeral-storage': '203056560Ki' };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      creationTimestamp,
      labels: {
        'kubernetes.io/hostname': name,
        'kubernetes.io/arch': 'amd64',
        'kubernetes.io/os': 'linux',
        'node.kubernetes.io/instance-type': 'standard-16',
        'topology.kubernetes.io/region': 'eu-north',
        'topology.kubernetes.io/zone': `eu-north-${'abc'[index % 3]}`,
      },
    },
    spec: { podCIDR: `10.42.${index % 256}.0/24` },
    status: {
      capacity,
      allocatable: { ...capacity, cpu: '15800m' },
      addresses: [
        { type: 'InternalIP', address: `10.0.${Math.floor(index / 200)}.${10 + (index % 200)}` },
        { type: 'Hostname', address: name },
      ],
    },
  };
}
