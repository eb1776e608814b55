import { account, clusterRole, clusterRoleBinding, type EnforcementOptions, group, type Manifest } from './manifest.ts';
import { roleName } from './names.ts';
import { powers, reading, rolesOf } from './powers.ts';

/** The role of the one who mints, and no more of it than minting, ending and sweeping take. */
const minting = [
  { apiGroups: [''], resources: ['serviceaccounts'], verbs: ['get', 'list', 'create', 'delete'] },
  { apiGroups: [''], resources: ['serviceaccounts/token'], verbs: ['create'] },
  {
    apiGroups: ['rbac.authorization.k8s.io'],
    resources: ['rolebindings'],
    verbs: ['get', 'list', 'create', 'delete'],
  },
  {
    apiGroups: ['rbac.authorization.k8s.io'],
    resources: ['clusterroles'],
    // `bind` instead of holding each power itself: the agent can hand out what it cannot do.
    verbs: ['get', 'bind'],
    resourceNames: rolesOf(Object.keys(powers)).map(roleName),
  },
];

const lookingAtRules = [
  {
    apiGroups: ['admissionregistration.k8s.io'],
    resources: ['validatingadmissionpolicies', 'validatingadmissionpolicybindings'],
    verbs: ['get', 'list'],
  },
  {
    apiGroups: ['rbac.authorization.k8s.io'],
    resources: ['clusterroles', 'clusterrolebindings'],
    verbs: ['get', 'list'],
  },
  { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['get'] },
];

const places = [{ apiGroups: [''], resources: ['namespaces', 'nodes'], verbs: ['get', 'list', 'watch'] }];

/** What the everyday identity is, what each action of a grant adds, and who mints. */
export function accessRoles(options: EnforcementOptions): readonly Manifest[] {
  const { approvers } = options;
  return [
    clusterRole('till-read', [...reading, ...places, ...lookingAtRules]),
    ...rolesOf(Object.keys(powers)).map((action) =>
      clusterRole(roleName(action), [...reading, ...(powers[action]?.kubernetes ?? [])]),
    ),
    clusterRole('till-minter', minting),
    clusterRole('till-freezer', [{ apiGroups: [''], resources: ['namespaces'], verbs: ['get', 'patch'] }]),
    clusterRoleBinding('till-agent-reads', 'till-read', account(options)),
    clusterRoleBinding('till-agent-mints', 'till-minter', account(options)),
    clusterRoleBinding('till-agent-freezes', 'till-freezer', account(options)),
    ...(approvers === null ? [] : [clusterRoleBinding('till-approvers-mint', 'till-minter', group(approvers))]),
  ];
}
