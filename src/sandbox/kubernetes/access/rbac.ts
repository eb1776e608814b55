import type { Kind } from '../kinds/kind.ts';
import type { Store } from '../store/store.ts';
import type { StoredObject } from '../types.ts';
import type { Identity } from './identity.ts';

/** What a request wants to do, in the words of RBAC. */
export type Attributes =
  | {
      readonly verb: string;
      readonly group: string;
      readonly resource: string;
      readonly subresource?: string | undefined;
      readonly namespace?: string | undefined;
      readonly name?: string | undefined;
    }
  | { readonly verb: string; readonly path: string };

export interface Rule {
  readonly verbs: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
}

interface Binding extends StoredObject {
  readonly roleRef: { readonly kind: string; readonly name: string };
  readonly subjects?: readonly { readonly kind: string; readonly name: string; readonly namespace?: string }[];
}

/** A rule that somebody has, and where it came from. */
export interface GrantedRule {
  readonly rule: Rule;
  readonly source: string;
}

const mostKept = 20_000;

const everything: readonly GrantedRule[] = [
  {
    rule: { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
    source: '',
  },
  { rule: { verbs: ['*'], nonResourceURLs: ['*'] }, source: '' },
];

/** Evaluates the Role and binding objects that are in the store: no shortcut knows our users. */
export class Authorizer {
  readonly #store: Store;
  /** Rules by user and namespace, until an object of RBAC changes. */
  #granted = new Map<string, readonly GrantedRule[]>();

  constructor(store: Store) {
    this.#store = store;
    store.onChange(({ entry }) => {
      if (entry.kind.group === 'rbac.authorization.k8s.io') {
        this.#granted = new Map();
      }
    });
  }

  /** The rule that allows it, or undefined. */
  allowing(who: Identity, asked: Attributes): GrantedRule | undefined {
    const namespace = 'path' in asked ? undefined : asked.namespace;
    return this.rulesOf(who, namespace).find(({ rule }) => allows(rule, asked));
  }

  /** All rules in force for somebody in a namespace; cluster-wide ones alone without. */
  rulesOf(who: Identity, namespace: string | undefined): readonly GrantedRule[] {
    const id = JSON.stringify([who.name, who.groups, namespace]);
    let granted = this.#granted.get(id);
    if (granted === undefined) {
      granted = this.#collect(who, namespace);
      // Anybody may be asked about: reviews and impersonation name people who never come.
      if (this.#granted.size >= mostKept) {
        this.#granted.clear();
      }
      this.#granted.set(id, granted);
    }
    return granted;
  }

  #collect(who: Identity, namespace: string | undefined): readonly GrantedRule[] {
    const own = who.groups.includes('system:masters') ? everything : [];
    const clusterWide = this.#objects('ClusterRoleBinding', undefined);
    const local = namespace === undefined ? [] : this.#objects('RoleBinding', namespace);
    return [...own, ...[...clusterWide, ...local].flatMap((object) => this.#grantedBy(object as Binding, who))];
  }

  #grantedBy(binding: Binding, who: Identity): readonly GrantedRule[] {
    const { namespace, name } = binding.metadata;
    const subject = binding.subjects?.find((each) => isSubject(each, who, namespace));
    if (subject === undefined) {
      return [];
    }
    const role = this.#object(binding.roleRef.kind, binding.roleRef.kind === 'Role' ? namespace : undefined, binding);
    const rules = (role?.['rules'] ?? []) as readonly Rule[];
    const at = namespace === undefined ? name : `${name}/${namespace}`;
    const whom = subject.kind === 'ServiceAccount' ? `${subject.name}/${subject.namespace ?? ''}` : subject.name;
    const source = `${binding.kind} "${at}" of ${binding.roleRef.kind} "${binding.roleRef.name}" to ${subject.kind} "${whom}"`;
    return rules.map((rule) => ({ rule, source: `RBAC: allowed by ${source}` }));
  }

  #object(kind: string, namespace: string | undefined, { roleRef }: Binding): StoredObject | undefined {
    const known = this.#kind(kind);
    return known === undefined ? undefined : this.#store.get(known, namespace, roleRef.name);
  }

  #objects(kind: string, namespace: string | undefined): readonly StoredObject[] {
    const known = this.#kind(kind);
    return known === undefined ? [] : this.#store.entries(known, namespace).map(({ object }) => object);
  }

  #kind(kind: string): Kind | undefined {
    return this.#store.kinds.of('rbac.authorization.k8s.io/v1', kind);
  }
}

function isSubject(
  subject: { readonly kind: string; readonly name: string; readonly namespace?: string },
  who: Identity,
  namespace: string | undefined,
): boolean {
  switch (subject.kind) {
    case 'User':
      return subject.name === who.name;
    case 'Group':
      return who.groups.includes(subject.name);
    default:
      return who.name === `system:serviceaccount:${subject.namespace ?? namespace ?? ''}:${subject.name}`;
  }
}

function allows(rule: Rule, asked: Attributes): boolean {
  if (!has(rule.verbs, asked.verb)) {
    return false;
  }
  if ('path' in asked) {
    return rule.nonResourceURLs?.some((pattern) => isPath(pattern, asked.path)) ?? false;
  }
  const { resourceNames = [], resources = [], apiGroups = [] } = rule;
  const wanted = asked.subresource === undefined ? asked.resource : `${asked.resource}/${asked.subresource}`;
  return (
    has(apiGroups, asked.group) &&
    (has(resources, wanted) || (asked.subresource !== undefined && resources.includes(`*/${asked.subresource}`))) &&
    (resourceNames.length === 0 || resourceNames.includes(asked.name ?? ''))
  );
}

function has(list: readonly string[], wanted: string): boolean {
  return list.includes('*') || list.includes(wanted);
}

/** `/healthz/*`, `/version`: only a star at the end is a pattern. */
function isPath(pattern: string, path: string): boolean {
  return pattern === path || (pattern.endsWith('*') && path.startsWith(pattern.slice(0, -1)));
}
