import { isIP } from 'node:net';

/** Where the database that is served lies, as a NetworkPolicy can say it. */
export type Way =
  | { readonly addresses: readonly string[]; readonly port: number; readonly isName: boolean }
  | {
      readonly namespace: string;
      readonly labels: Readonly<Record<string, string>>;
      readonly port: number | string;
    };

export interface Serving {
  readonly operation: string;
  readonly tenant: string;
  readonly database: string;
  readonly namespace: string;
  readonly image: string;
  /** With `host`, `port`, `user` and `password`. */
  readonly secret: string;
}

export const operationLabel = 'till.dev/operation';
export const httpPort = 8069;

export function servingName(operation: string): string {
  return `till-${operation.toLowerCase()}`;
}

function metadataOf({ operation, tenant, namespace }: Serving) {
  return {
    ...{ name: servingName(operation), namespace },
    labels: {
      [operationLabel]: operation,
      'till.dev/drill': tenant,
      'app.kubernetes.io/managed-by': 'till',
      'app.kubernetes.io/part-of': 'till-drill',
    },
  };
}

/** Nothing gets in, and nothing out but to the database: there before the pod is, and until after it (facts: odoo.md §4.2). */
export function networkPolicy(serving: Serving, way: Way): object {
  const port = { protocol: 'TCP', port: way.port };
  const database =
    'namespace' in way
      ? [
          {
            namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': way.namespace } },
            podSelector: { matchLabels: way.labels },
          },
        ]
      : way.addresses.map((address) => ({ ipBlock: { cidr: `${address}/${isIP(address) === 6 ? 128 : 32}` } }));
  const needsNames = 'namespace' in way || way.isName;
  const names = {
    to: [
      {
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } },
        podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } },
      },
    ],
    ports: [
      { protocol: 'UDP', port: 53 },
      { protocol: 'TCP', port: 53 },
    ],
  };
  return {
    ...{ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: metadataOf(serving) },
    spec: {
      podSelector: { matchLabels: { [operationLabel]: serving.operation } },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [],
      egress: [{ to: database, ports: [port] }, ...(needsNames ? [names] : [])],
    },
  };
}

/** A served drill ends by itself, whatever becomes of us. */
const longestLifeSeconds = 1_800;

/**
 * One Odoo for one database. No cron, and only `base` and `web` for the whole server: a job runner or a session store that the image
 * would load otherwise stays out (facts: odoo.md §0.8, §2.4).
 */
export function servingPod(serving: Serving): object {
  const { database, image, secret } = serving;
  const from = (name: string, key: string) => ({ name, valueFrom: { secretKeyRef: { name: secret, key } } });
  const keys = ['host', 'port', 'user', 'password'] as const;
  return {
    ...{ apiVersion: 'v1', kind: 'Pod', metadata: metadataOf(serving) },
    spec: {
      ...{ restartPolicy: 'Never', automountServiceAccountToken: false, enableServiceLinks: false },
      ...{ terminationGracePeriodSeconds: 5, activeDeadlineSeconds: longestLifeSeconds },
      securityContext: { seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          name: 'odoo',
          image,
          args: [
            ...['-d', database, `--db-filter=^${database}$`, '--no-database-list'],
            ...['--max-cron-threads=0', '--workers=0', '--load=base,web'],
            ...[`--http-port=${httpPort}`, '--data-dir=/till-drill'],
          ],
          // The official image reads the first four; libpq the others, whatever the image does.
          env: [
            ...keys.map((key) => from(key.toUpperCase(), key)),
            ...keys.map((key) => from(`PG${key.toUpperCase()}`, key)),
          ],
          ports: [{ name: 'http', containerPort: httpPort, protocol: 'TCP' }],
          readinessProbe: { tcpSocket: { port: httpPort }, periodSeconds: 2, failureThreshold: 150 },
          resources: { requests: { cpu: '250m', memory: '512Mi' }, limits: { cpu: '2', memory: '2Gi' } },
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
          volumeMounts: [{ name: 'data', mountPath: '/till-drill' }],
        },
      ],
      volumes: [{ name: 'data', emptyDir: { sizeLimit: '2Gi' } }],
    },
  };
}
