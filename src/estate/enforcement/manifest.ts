/** An object as an administrator applies it. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

export interface EnforcementOptions {
  /** Where the agent lives. */
  readonly namespace: string;
  /** Its ServiceAccount. */
  readonly agent: string;
  /** A group whose members mint at approval, where no agent runs; null: the agent alone mints. */
  readonly approvers: string | null;
  /** The longest life of a token, in seconds. */
  readonly maxSeconds: number;
}

export const usualEnforcement: EnforcementOptions = {
  namespace: 'till-system',
  agent: 'till-agent',
  approvers: null,
  maxSeconds: 14_400,
};

export const ownLabels = { 'app.kubernetes.io/part-of': 'till' };

const rbac = 'rbac.authorization.k8s.io';

export function clusterRole(name: string, rules: readonly object[]): Manifest {
  return { apiVersion: `${rbac}/v1`, kind: 'ClusterRole', metadata: { name, labels: ownLabels }, rules };
}

export function clusterRoleBinding(name: string, role: string, subject: object): Manifest {
  return {
    apiVersion: `${rbac}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name, labels: ownLabels },
    roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: role },
    subjects: [subject],
  };
}

export function group(name: string): object {
  return { apiGroup: rbac, kind: 'Group', name };
}

export function account({ namespace, agent }: Pick<EnforcementOptions, 'namespace' | 'agent'>): object {
  return { kind: 'ServiceAccount', name: agent, namespace };
}
