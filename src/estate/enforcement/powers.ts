/** What a grant's credentials may do, action by action: the roles that `till manifests access` prints come from here. */

export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

export interface Power {
  /** Beyond reading; empty where the action writes nothing to Kubernetes. */
  readonly kubernetes: readonly Rule[];
  /** The PostgreSQL role that a login of the grant inherits; null where it writes nothing there. */
  readonly postgres: keyof typeof postgresRoles | null;
  /** In which namespace of Kubernetes: the tenant's, when left out, or where the Cluster of its PostgreSQL server is. */
  readonly place?: 'server';
}

/**
 * Roles without a login, made once by an administrator. A signal needs no more than these two; none of them reads a tenant's data
 * (facts: data-tier.md §1.6).
 */
export const postgresRoles = {
  till_act_sessions: ['pg_signal_backend', 'pg_read_all_stats'],
} as const;

const workloads: Rule = { apiGroups: ['apps'], resources: ['deployments', 'statefulsets'], verbs: ['patch'] };
const replicas: Rule = {
  apiGroups: ['apps'],
  resources: ['deployments/scale', 'statefulsets/scale'],
  verbs: ['get', 'patch'],
};
const autoscalers: Rule = {
  apiGroups: ['autoscaling'],
  resources: ['horizontalpodautoscalers'],
  verbs: ['patch'],
};
const routes: Rule = {
  apiGroups: ['traefik.io'],
  resources: ['ingressroutes'],
  verbs: ['create', 'patch', 'delete'],
};
const middlewares: Rule = {
  apiGroups: ['traefik.io'],
  resources: ['middlewares'],
  verbs: ['create', 'patch', 'delete'],
};

/** The one field by which CloudNativePG is asked to promote an instance is in its status (facts: data-tier.md §1.8). */
const promotions: Rule = {
  apiGroups: ['postgresql.cnpg.io'],
  resources: ['clusters/status'],
  verbs: ['patch'],
};

const promoting: Power = { kubernetes: [promotions], postgres: null, place: 'server' };

const kubernetes = (...rules: readonly Rule[]): Power => ({ kubernetes: rules, postgres: null });
const sessions: Power = { kubernetes: [], postgres: 'till_act_sessions' };
/** Writes to the store of backups, and with the logins for backups and restores: none of them is the grant's. */
const storage: Power = { kubernetes: [], postgres: null };

/**
 * Nothing here reads a Secret, makes a token or a pod, writes RBAC, impersonates, signs a certificate or opens a shell: whatever would
 * outlive the grant stays out (facts: access-audit.md §4.1). test/estate/enforcement holds it, and that every action is named.
 */
export const powers: Readonly<Record<string, Power>> = {
  backup: storage,
  'cancel-query': sessions,
  'terminate-session': sessions,
  // A pod that serves what was restored is made by the executor's own identity: no grant's token makes pods.
  drill: promoting,
  maintenance: kubernetes(routes),
  prune: storage,
  restart: kubernetes(workloads),
  restore: storage,
  rollback: kubernetes(workloads),
  scale: kubernetes(workloads, replicas, autoscalers),
  sleep: kubernetes(workloads, autoscalers),
  switchover: promoting,
  throttle: kubernetes(routes, middlewares),
  'verify-backup': storage,
  wake: kubernetes(workloads, autoscalers),
};

/** What everybody who works with till may look at, and what each grant's token sees too. No Secrets. */
export const reading: readonly Rule[] = [
  {
    apiGroups: [''],
    resources: ['pods', 'pods/log', 'events', 'services', 'resourcequotas', 'configmaps', 'persistentvolumeclaims'],
    verbs: ['get', 'list', 'watch'],
  },
  {
    apiGroups: ['apps'],
    resources: ['deployments', 'statefulsets', 'replicasets', 'daemonsets'],
    verbs: ['get', 'list', 'watch'],
  },
  { apiGroups: ['autoscaling'], resources: ['horizontalpodautoscalers'], verbs: ['get', 'list', 'watch'] },
  { apiGroups: ['batch'], resources: ['jobs', 'cronjobs'], verbs: ['get', 'list', 'watch'] },
  { apiGroups: ['policy'], resources: ['poddisruptionbudgets'], verbs: ['get', 'list', 'watch'] },
  { apiGroups: ['traefik.io'], resources: ['ingressroutes', 'middlewares'], verbs: ['get', 'list', 'watch'] },
  { apiGroups: ['postgresql.cnpg.io'], resources: ['clusters'], verbs: ['get', 'list', 'watch'] },
];

/** The actions of a grant that write to Kubernetes, each of which has a role. */
export function rolesOf(actions: readonly string[]): readonly string[] {
  return actions.filter((action) => (powers[action]?.kubernetes.length ?? 0) > 0).toSorted();
}

/** Those of them that write in the tenant's namespace, or where the Cluster of its PostgreSQL server is. */
export function rolesAt(place: 'tenant' | 'server', actions: readonly string[]): readonly string[] {
  return rolesOf(actions).filter((action) => (powers[action]?.place ?? 'tenant') === place);
}

/** The PostgreSQL roles that a login for these actions inherits. */
export function postgresRolesOf(actions: readonly string[]): readonly string[] {
  return [...new Set(actions.flatMap((action) => powers[action]?.postgres ?? []))].toSorted();
}
