import type { SeedObject } from '../kubernetes/types.ts';

const namespace = 'edge';

export const edgePods = 4;

/** What stands before every tenant: Traefik, and the page that users see while a tenant is in maintenance. */
export function edgeObjects(creationTimestamp: string): readonly SeedObject[] {
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, creationTimestamp } },
    ...served('traefik', 'docker.io/library/traefik:v3.7', 8000, creationTimestamp),
    ...served('maintenance-page', 'docker.io/library/nginx:1.29-alpine', 80, creationTimestamp),
  ];
}

function served(name: string, image: string, port: number, creationTimestamp: string): readonly SeedObject[] {
  const labels = { 'app.kubernetes.io/name': name, 'app.kubernetes.io/instance': name };
  const metadata = { name, namespace, creationTimestamp, labels };
  return [
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: {
        replicas: 2,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: { containers: [{ name, image, ports: [{ name: 'http', containerPort: port, protocol: 'TCP' }] }] },
        },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: {
        type: 'ClusterIP',
        selector: labels,
        ports: [{ name: 'http', port, targetPort: 'http', protocol: 'TCP' }],
      },
    },
  ];
}
