import { isDeepStrictEqual } from 'node:util';
import { type ObjectSelector, objectSelector } from '../selectors/labels.ts';
import type { Store } from '../store/store.ts';
import type { StoredObject } from '../types.ts';
import type { Rule } from './rbac.ts';

/** Keeps ClusterRoles that are made of others in step with them, from now on. */
export function keepAggregated(store: Store): void {
  let isScheduled = false;
  store.onChange(({ entry }) => {
    if (entry.kind.plural === 'clusterroles' && !isScheduled) {
      isScheduled = true;
      queueMicrotask(() => {
        isScheduled = false;
        aggregate(store);
      });
    }
  });
  aggregate(store);
}

/** `view` changes `edit`, which changes `admin`: until nothing changes any more. */
function aggregate(store: Store): void {
  const kind = store.kinds.of('rbac.authorization.k8s.io/v1', 'ClusterRole');
  if (kind === undefined) {
    return;
  }
  const depth = store.entries(kind).filter(({ object }) => selectorsOf(object) !== undefined).length;
  for (let round = 0; round < depth; round += 1) {
    const roles = store.entries(kind).map(({ object }) => object);
    const stale = roles.flatMap((role) => {
      const selectors = selectorsOf(role);
      const rules = selectors && united(role, selectors, roles);
      return rules === undefined || isDeepStrictEqual(rules, role['rules'] ?? []) ? [] : [{ ...role, rules }];
    });
    if (stale.length === 0) {
      return;
    }
    for (const role of stale) {
      store.put(kind, role);
    }
  }
}

function united(role: StoredObject, selectors: readonly ObjectSelector[], roles: readonly StoredObject[]): Rule[] {
  const rules: Rule[] = [];
  for (const selects of selectors.map(objectSelector)) {
    for (const each of roles) {
      if (each.metadata.name !== role.metadata.name && selects(each.metadata.labels)) {
        const own = (each['rules'] ?? []) as readonly Rule[];
        rules.push(...own.filter((rule) => !rules.some((known) => isDeepStrictEqual(known, rule))));
      }
    }
  }
  return rules;
}

function selectorsOf(role: StoredObject): readonly ObjectSelector[] | undefined {
  const rule = role['aggregationRule'] as { readonly clusterRoleSelectors?: readonly ObjectSelector[] } | undefined;
  return rule?.clusterRoleSelectors;
}
