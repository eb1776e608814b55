import { admissionPolicy } from './admission-policy.ts';
import { estateFile, executorEstate, executorSecret, mounts, variables } from './job.ts';
import { account, clusterRoleBinding, group, type Manifest, ownLabels, usualEnforcement } from './manifest.ts';
import { workerWord } from './worker-word.ts';

export interface ExecutorOptions {
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly image: string;
  /** A group whose members may begin long work; null: nobody but the agent. */
  readonly starters: string | null;
  /** Where a drill serves what it has restored. */
  readonly serve: string | null;
}

export const executorPolicy = 'till-executor-jobs';
const rbac = 'rbac.authorization.k8s.io';

/**
 * Where long work runs, under the restricted pod security standard. Its estate is the ConfigMap `till-executor-estate` (key estate.yaml), its
 * passwords and keys the Secret `till-executor`, each a file; nothing of these stands here. Whoever may create a pod there could read
 * that Secret: nobody is given that, and Jobs are held to the one form that a worker of till has.
 */
export function executorManifests(options: ExecutorOptions): readonly Manifest[] {
  const { namespace, serviceAccount, starters, serve } = options;
  const labels = { ...ownLabels, 'app.kubernetes.io/name': 'till-executor' };
  const metadata = { name: serviceAccount, namespace, labels };
  const own = account({ namespace, agent: serviceAccount });
  return [
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: namespace, labels: { ...ownLabels, 'pod-security.kubernetes.io/enforce': 'restricted' } },
    },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata, automountServiceAccountToken: false },
    // Tenants' objects, for the configuration that belongs to a backup: `till-read` is printed by `till manifests access`.
    clusterRoleBinding('till-executor-reads', 'till-read', own),
    ...bound('till-executor-starts', namespace, starting, [
      account(usualEnforcement),
      ...(starters === null ? [] : [group(starters)]),
    ]),
    ...(serve === null ? [] : bound('till-executor-serves', serve, serving, [own])),
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata,
      // Nobody talks to a worker.
      spec: {
        podSelector: { matchLabels: { 'app.kubernetes.io/name': 'till-executor' } },
        policyTypes: ['Ingress'],
        ingress: [],
      },
    },
    ...executorPolicies(options),
  ];
}

/** To begin a Job, to look how it is, and to take away one that never began. */
const starting = [
  { apiGroups: ['batch'], resources: ['jobs'], verbs: ['create', 'get', 'list', 'watch', 'delete'] },
  { apiGroups: [''], resources: ['pods', 'pods/log', 'events'], verbs: ['get', 'list', 'watch'] },
];

/** What a drill serves `/web/login` with, and takes away again. */
const serving = [
  { apiGroups: [''], resources: ['pods'], verbs: ['create', 'get', 'list', 'watch', 'delete'] },
  { apiGroups: ['networking.k8s.io'], resources: ['networkpolicies'], verbs: ['create', 'get', 'list', 'delete'] },
  { apiGroups: [''], resources: ['pods/portforward'], verbs: ['create', 'get'] },
  { apiGroups: [''], resources: ['pods/log', 'events'], verbs: ['get', 'list'] },
];

function bound(
  name: string,
  namespace: string,
  rules: readonly object[],
  subjects: readonly object[],
): readonly Manifest[] {
  const metadata = { name, namespace, labels: ownLabels };
  const roleRef = { apiGroup: rbac, kind: 'Role', name };
  return [
    { apiVersion: `${rbac}/v1`, kind: 'Role', metadata, rules },
    { apiVersion: `${rbac}/v1`, kind: 'RoleBinding', metadata, roleRef, subjects },
  ];
}

const pod = 'object.spec.template.spec';
const quoted = (words: readonly string[]) => `[${words.map((word) => `'${word}'`).join(', ')}]`;

const pairs = (of: Readonly<Record<string, string>>) => Object.entries(of).map((pair) => pair.join('='));

/** Each is what its name says: a claim in the estate's place would be somebody else's estate, with the executor's keys. */
const volumes = [
  `(v.name == 'estate' && has(v.configMap) && v.configMap.name == '${executorEstate}' && !has(v.configMap.items))`,
  `(v.name == 'secrets' && has(v.secret) && v.secret.secretName == '${executorSecret}' && !has(v.secret.items))`,
  "(v.name in ['state', 'scratch'] && has(v.emptyDir))",
  "(v.name == 'filestore' && has(v.persistentVolumeClaim) && v.persistentVolumeClaim.?readOnly.orValue(false))",
];

/** The one form of a Job there, whoever creates it: this image, this word, an operation's id, and nothing mounted or set but what till does. */
function executorPolicies({ namespace, serviceAccount, image }: ExecutorOptions): readonly Manifest[] {
  const worker = `${pod}.containers.all(c, `;
  return admissionPolicy(
    executorPolicy,
    { namespace, serviceAccount, image },
    {
      matchConstraints: {
        resourceRules: [
          { apiGroups: ['batch'], apiVersions: ['*'], resources: ['jobs'], operations: ['CREATE', 'UPDATE'] },
        ],
      },
      matchConditions: [{ name: 'here', expression: `request.namespace == '${namespace}'` }],
      validations: [
        [
          'a Job of the executor has the name of its operation: till-<operation>',
          "object.metadata.name.matches('^till-[0-9a-hjkmnp-tv-z]{26}$')",
        ],
        [
          `a Job of the executor runs ${image} in one container, as ${serviceAccount}`,
          `size(${pod}.containers) == 1 && size(${pod}.?initContainers.orValue([])) == 0 && ${worker}c.image == '${image}') && ${pod}.?serviceAccountName.orValue('') == '${serviceAccount}'`,
        ],
        [
          'a Job of the executor is a worker of its own operation, and nothing else',
          `${worker}!has(c.command) && !has(c.lifecycle) && !has(c.livenessProbe) && !has(c.readinessProbe) && !has(c.startupProbe) && size(c.?args.orValue([])) == 5 && c.args[0] == '${workerWord}' && c.args[1].matches('^--operation=[0-9A-HJKMNP-TV-Z]{26}$') && object.metadata.name == 'till-' + c.args[1].substring(12).lowerAscii() && c.args[2] == '--estate=${estateFile}' && c.args[3] == '--job=' + object.metadata.name && c.args[4].matches('^--timeout=[0-9]{1,12}$'))`,
        ],
        [
          'a Job of the executor is given no variable but its folders',
          `${worker}!has(c.envFrom) && c.?env.orValue([]).all(e, !has(e.valueFrom) && (e.name + '=' + e.?value.orValue('')) in ${quoted(pairs(variables))}))`,
        ],
        [
          'a Job of the executor mounts its estate, its Secret, its own room and a filestore, each in its place',
          `${worker}c.?volumeMounts.orValue([]).all(m, (m.name + '=' + m.mountPath) in ${quoted(pairs(mounts))} && !has(m.subPath) && !has(m.subPathExpr))) && ${pod}.?volumes.orValue([]).all(v, ${volumes.join(' || ')})`,
        ],
        [
          'a Job of the executor finds other hosts by the names that everybody does',
          `!has(${pod}.hostAliases) && !has(${pod}.dnsConfig) && ${pod}.?dnsPolicy.orValue('ClusterFirst') == 'ClusterFirst'`,
        ],
      ],
    },
  );
}
