import { admissionPolicy, type Rules } from './admission-policy.ts';
import type { EnforcementOptions, Manifest } from './manifest.ts';

/**
 * ValidatingAdmissionPolicies: what RBAC cannot say of minting and of what a grant's token writes. They hold for everybody,
 * administrators too, save for deleting: to end a grant is never refused. CEL as measured (facts: kubernetes-verified.md §3, §4): optional
 * fields by `.?`, `subResource` is absent for main resources, a refusal without `reason` is 422.
 */
export function accessPolicies(options: EnforcementOptions): readonly Manifest[] {
  return [
    ...policy('till-grant-accounts', options, grantAccounts(options)),
    ...policy('till-grant-tokens', options, grantTokens(options)),
    ...policy('till-grant-secrets', options, grantSecrets),
    ...policy('till-grant-writes', options, grantWrites),
    ...policy('till-agent-namespaces', options, agentNamespaces(options)),
  ];
}

function policy(name: string, options: EnforcementOptions, rules: Rules): readonly Manifest[] {
  const { namespace, agent, approvers, maxSeconds } = options;
  return admissionPolicy(name, { namespace, agent, approvers, maxSeconds }, rules);
}

const ulid = '[0-9a-hjkmnp-tv-z]{26}';

function isMinter({ namespace, agent, approvers }: EnforcementOptions): string {
  const isAgent = `request.userInfo.username == 'system:serviceaccount:${namespace}:${agent}'`;
  return approvers === null ? isAgent : `(${isAgent} || '${approvers}' in request.userInfo.groups)`;
}

const subjects = "(request.resource.resource == 'serviceaccounts' ? [] : object.?subjects.orValue([]))";

/** ServiceAccounts and bindings of grants: made by the minter, in one form, never changed; and nothing else is bound to them. */
function grantAccounts(options: EnforcementOptions): Rules {
  return {
    matchConstraints: {
      resourceRules: [
        { apiGroups: [''], apiVersions: ['*'], resources: ['serviceaccounts'], operations: ['CREATE', 'UPDATE'] },
        {
          apiGroups: ['rbac.authorization.k8s.io'],
          apiVersions: ['*'],
          resources: ['rolebindings', 'clusterrolebindings'],
          operations: ['CREATE', 'UPDATE'],
        },
      ],
    },
    matchConditions: [
      {
        name: 'of-a-grant',
        // The approvers' group may hold other rights than minting; the agent has no other business.
        expression: `object.metadata.name.startsWith('till-g-') || request.userInfo.username == 'system:serviceaccount:${options.namespace}:${options.agent}' || ${subjects}.exists(s, s.name.startsWith('till-g-') || s.name.contains(':till-g-'))`,
      },
    ],
    variables: [
      { name: 'account', expression: "object.metadata.name.split('.')[0]" },
      { name: 'subjects', expression: subjects },
      { name: 'isBinding', expression: "request.resource.resource != 'serviceaccounts'" },
    ],
    validations: [
      ['only the minter of till makes what belongs to a grant', isMinter(options)],
      [
        'a grant has ServiceAccounts till-g-<grant> and RoleBindings till-g-<grant>.<action>, and nothing for the whole cluster',
        `request.resource.resource != 'clusterrolebindings' && object.metadata.name.matches(variables.isBinding ? '^till-g-${ulid}[.][a-z-]+$' : '^till-g-${ulid}$')`,
      ],
      ['what belongs to a grant is never changed: it ends, and another is asked for', "request.operation == 'CREATE'"],
      [
        'no finalizers on what belongs to a grant: they would put its end off',
        'size(object.metadata.?finalizers.orValue([])) == 0 && size(object.metadata.?ownerReferences.orValue([])) == 0',
      ],
      [
        'till.dev/grant must name the grant, and till.dev/requester whom it is for',
        "'till-g-' + object.metadata.?labels[?'till.dev/grant'].orValue('').lowerAscii() == variables.account && object.metadata.?annotations[?'till.dev/requester'].orValue('') != ''",
      ],
      [
        "a grant's ServiceAccount holds no Secrets and is not mounted",
        'variables.isBinding || (size(object.?secrets.orValue([])) == 0 && object.?automountServiceAccountToken.orValue(true) == false)',
      ],
      [
        "a grant is bound to one action's role (till-act-…), for its own ServiceAccount of the same namespace alone",
        "!variables.isBinding || (object.roleRef.kind == 'ClusterRole' && object.roleRef.name.startsWith('till-act-') && size(variables.subjects) == 1 && variables.subjects.all(s, s.kind == 'ServiceAccount' && s.name == variables.account && s.?namespace.orValue('') == request.?namespace.orValue('')))",
      ],
    ],
  };
}

function grantTokens(options: EnforcementOptions): Rules {
  return {
    matchConstraints: {
      resourceRules: [
        { apiGroups: [''], apiVersions: ['*'], resources: ['serviceaccounts/token'], operations: ['CREATE'] },
      ],
    },
    matchConditions: [
      {
        name: 'of-a-grant',
        expression: `request.name.startsWith('till-g-') || request.userInfo.username == 'system:serviceaccount:${options.namespace}:${options.agent}'`,
      },
    ],
    validations: [
      ['only the minter of till makes tokens of a grant', isMinter(options)],
      ['the minter of till makes tokens of grants and of nobody else', `request.name.matches('^till-g-${ulid}$')`],
      [
        `a token of a grant lives at most ${options.maxSeconds} s`,
        `object.spec.expirationSeconds <= ${options.maxSeconds}`,
      ],
      // Measured: a dry run answers with a token that works (facts §0.5).
      ['a dry run would make a usable token', 'request.dryRun != true'],
      [
        "a token of a grant is for the API server's own audience",
        "size(object.spec.?audiences.orValue([])) == 0 || object.spec.audiences.all(a, a.startsWith('https://') || a == 'api')",
      ],
    ],
    auditAnnotations: [
      { key: 'grant', valueExpression: 'string(request.name)' },
      {
        key: 'requester',
        valueExpression: "string(object.metadata.?annotations[?'till.dev/requester'].orValue('none'))",
      },
    ],
  };
}

/** A Secret of that type is filled with a token that never ends (facts §0.6). */
const grantSecrets: Rules = {
  matchConstraints: {
    resourceRules: [{ apiGroups: [''], apiVersions: ['*'], resources: ['secrets'], operations: ['CREATE', 'UPDATE'] }],
  },
  matchConditions: [
    { name: 'a-token', expression: "object.?type.orValue('') == 'kubernetes.io/service-account-token'" },
  ],
  validations: [
    [
      'a token of a grant is never kept in a Secret: it would not end',
      "!object.metadata.?annotations[?'kubernetes.io/service-account.name'].orValue('').startsWith('till-g-')",
    ],
  ],
};

const template = (of: string, field: string, otherwise: string) =>
  `${of}.?spec.?template.?spec.?${field}.orValue(${otherwise})`;
const same = (field: string, otherwise: string) =>
  `${template('object', field, otherwise)} == ${template('oldObject', field, otherwise)}`;
const hostPaths = (of: string) => `${template(of, 'volumes', '[]')}.filter(v, has(v.hostPath)).map(v, v.hostPath.path)`;
const kept = (list: string) =>
  `${template('object', list, '[]')}.all(c, ${template('oldObject', list, '[]')}.exists(o, o.name == c.name && o.?securityContext.orValue({}) == c.?securityContext.orValue({})) || (!c.?securityContext.?privileged.orValue(false) && !c.?securityContext.?allowPrivilegeEscalation.orValue(false) && size(c.?securityContext.?capabilities.?add.orValue([])) == 0))`;

/** What a grant's token writes: stamped with its operation, and nothing that would outlive or widen it, whatever its role. */
const grantWrites: Rules = {
  matchConstraints: {
    resourceRules: [{ apiGroups: ['*'], apiVersions: ['*'], resources: ['*/*'], operations: ['*'] }],
  },
  matchConditions: [
    {
      name: 'by-a-grant',
      expression:
        "request.userInfo.username.startsWith('system:serviceaccount:') && request.userInfo.username.contains(':till-g-')",
    },
    // Asking what one may do, or who one is, writes nothing.
    { name: 'no-review', expression: "!request.resource.resource.endsWith('reviews')" },
  ],
  variables: [
    {
      name: 'manager',
      expression:
        "has(request.options) && has(request.options.fieldManager) ? string(request.options.fieldManager) : ''",
    },
    {
      name: 'isWorkload',
      expression:
        "request.operation == 'UPDATE' && request.resource.group == 'apps' && request.?subResource.orValue('') == '' && object != null && oldObject != null",
    },
  ],
  validations: [
    [
      'a write under a grant carries its operation as field manager: till-<operation>',
      "request.operation in ['DELETE', 'CONNECT'] || variables.manager.matches('^till-[0-9A-HJKMNP-TV-Z]{26}$')",
    ],
    ['no shell, no port-forward and no proxy under a grant', "request.operation != 'CONNECT'"],
    [
      'Secrets, tokens, roles, bindings, certificates, admission and pods are not written under a grant',
      "!(request.resource.group in ['rbac.authorization.k8s.io', 'certificates.k8s.io', 'admissionregistration.k8s.io', 'apiextensions.k8s.io', 'authentication.k8s.io']) && !(request.resource.group == '' && request.resource.resource in ['secrets', 'serviceaccounts', 'namespaces', 'nodes', 'persistentvolumes']) && !(request.resource.group == '' && request.resource.resource == 'pods' && request.?subResource.orValue('') != 'eviction' && request.operation != 'DELETE')",
    ],
    [
      'under a grant a workload keeps its ServiceAccount, its host access and its security settings',
      `!variables.isWorkload || (${[
        same('serviceAccountName', "''"),
        same('hostNetwork', 'false'),
        same('hostPID', 'false'),
        same('hostIPC', 'false'),
        same('automountServiceAccountToken', 'true'),
        same('securityContext', '{}'),
        `${hostPaths('object')}.all(p, p in ${hostPaths('oldObject')})`,
        kept('containers'),
        kept('initContainers'),
      ].join(' && ')})`,
    ],
  ],
};

/** Of a namespace the agent may change one label. */
function agentNamespaces({ namespace, agent }: EnforcementOptions): Rules {
  const labels = (of: string) => `${of}.metadata.?labels.orValue({})`;
  const within = (a: string, b: string) =>
    `${labels(a)}.all(k, k == 'till.dev/frozen' || (k in ${labels(b)} && ${labels(b)}[k] == ${labels(a)}[k]))`;
  return {
    matchConstraints: {
      resourceRules: [
        { apiGroups: [''], apiVersions: ['*'], resources: ['namespaces', 'namespaces/*'], operations: ['*'] },
      ],
    },
    matchConditions: [
      {
        name: 'by-the-agent',
        expression: `request.userInfo.username == 'system:serviceaccount:${namespace}:${agent}'`,
      },
    ],
    validations: [
      [
        'of a namespace the agent of till changes the label till.dev/frozen and nothing else',
        `request.operation == 'UPDATE' && request.?subResource.orValue('') == '' && ${within('object', 'oldObject')} && ${within('oldObject', 'object')} && object.metadata.?annotations.orValue({}) == oldObject.metadata.?annotations.orValue({}) && object.metadata.?finalizers.orValue([]) == oldObject.metadata.?finalizers.orValue([])`,
      ],
    ],
  };
}
