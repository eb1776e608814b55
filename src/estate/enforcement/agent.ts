import { type EnforcementOptions, type Manifest, ownLabels } from './manifest.ts';

export interface AgentOptions extends EnforcementOptions {
  readonly image: string;
  /** The Lease that says which agent leads. */
  readonly lease: string;
}

export const healthPort = 8780;
const rbac = 'rbac.authorization.k8s.io';

/**
 * The agent's home: one replica under the restricted pod security standard. Its estate is the ConfigMap `till-estate` (key estate.yaml), its
 * passwords and keys the Secret `till-agent`, each a file; nothing of these stands here.
 */
export function agentManifests(options: AgentOptions): readonly Manifest[] {
  const { namespace, agent, lease } = options;
  const labels = { ...ownLabels, 'app.kubernetes.io/name': agent };
  const metadata = { name: agent, namespace, labels };
  const selector = { matchLabels: { 'app.kubernetes.io/name': agent } };
  return [
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: namespace, labels: { ...ownLabels, 'pod-security.kubernetes.io/enforce': 'restricted' } },
    },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata, automountServiceAccountToken: false },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'Role',
      metadata: { ...metadata, name: 'till-agent-leads' },
      rules: [
        // A POST has no name in its URL, so RBAC cannot narrow it (facts: kubernetes-verified.md §2).
        { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['create'] },
        {
          apiGroups: ['coordination.k8s.io'],
          resources: ['leases'],
          resourceNames: [lease],
          verbs: ['get', 'patch', 'update'],
        },
      ],
    },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'RoleBinding',
      metadata: { ...metadata, name: 'till-agent-leads' },
      roleRef: { apiGroup: rbac, kind: 'Role', name: 'till-agent-leads' },
      subjects: [{ kind: 'ServiceAccount', name: agent, namespace }],
    },
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata,
      // Nobody talks to it; the kubelet's probes are not subject to policies.
      spec: { podSelector: selector, policyTypes: ['Ingress'], ingress: [] },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: {
        replicas: 1,
        // The old one may be slow to go: the Lease, not the Deployment, sees to it that one leads.
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
        selector,
        template: { metadata: { labels }, spec: podOf(options) },
      },
    },
  ];
}

function podOf({ agent, image, namespace, lease }: AgentOptions): object {
  const probe = { httpGet: { path: '/healthz', port: healthPort } };
  return {
    serviceAccountName: agent,
    automountServiceAccountToken: true,
    terminationGracePeriodSeconds: 30,
    securityContext: { runAsNonRoot: true, runAsUser: 65_532, runAsGroup: 65_532, fsGroup: 65_532, seccompProfile },
    containers: [
      {
        name: 'agent',
        image,
        args: [
          'agent',
          '--estate=/etc/till/estate/estate.yaml',
          `--lease=${namespace}/${lease}`,
          `--health=0.0.0.0:${healthPort}`,
        ],
        env: [
          { name: 'XDG_STATE_HOME', value: '/var/lib/till' },
          // Set to a file of the Secret to sign checkpoints with (`till ledger key new` makes one).
          { name: 'TILL_CHECKPOINT_KEY_FILE', value: '' },
          { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
        ],
        ports: [{ name: 'health', containerPort: healthPort }],
        livenessProbe: { ...probe, periodSeconds: 20, failureThreshold: 3 },
        startupProbe: { ...probe, periodSeconds: 2, failureThreshold: 60 },
        resources: { requests: { cpu: '50m', memory: '128Mi' }, limits: { memory: '512Mi' } },
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        },
        volumeMounts: [
          { name: 'estate', mountPath: '/etc/till/estate', readOnly: true },
          { name: 'secrets', mountPath: '/etc/till/secrets', readOnly: true },
          { name: 'state', mountPath: '/var/lib/till' },
          { name: 'tmp', mountPath: '/tmp' },
        ],
      },
    ],
    volumes: [
      { name: 'estate', configMap: { name: 'till-estate' } },
      { name: 'secrets', secret: { secretName: 'till-agent', defaultMode: 0o440 } },
      { name: 'state', emptyDir: {} },
      { name: 'tmp', emptyDir: {} },
    ],
  };
}

const seccompProfile = { type: 'RuntimeDefault' };
