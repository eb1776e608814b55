import type { Rule } from './rbac.ts';

/**
 * Which rights of `wanted` are not among those that somebody has: each group, resource, name and verb by itself, put together again
 * as the real server tells them (k8s.io/component-helpers, auth/rbac/validation).
 */
export function missingRights(owned: readonly Rule[], wanted: readonly Rule[]): readonly string[] {
  const missing = new Map<string, Rule>();
  for (const single of wanted.flatMap(singles)) {
    if (owned.some((rule) => covers(rule, single))) {
      continue;
    }
    const { verbs, ...rest } = single;
    const id = JSON.stringify(rest);
    const known = missing.get(id);
    missing.set(id, { ...single, verbs: [...new Set([...(known?.verbs ?? []), ...verbs])] });
  }
  return [...missing.values()].map(told).sort();
}

function singles(rule: Rule): readonly Rule[] {
  const { verbs, apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule;
  const names: readonly (readonly string[] | undefined)[] =
    resourceNames.length === 0 ? [undefined] : resourceNames.map((name) => [name]);
  return [
    ...apiGroups.flatMap((group) =>
      resources.flatMap((resource) =>
        verbs.flatMap((verb) =>
          names.map((name) => ({
            apiGroups: [group],
            resources: [resource],
            ...(name === undefined ? {} : { resourceNames: name }),
            verbs: [verb],
          })),
        ),
      ),
    ),
    ...nonResourceURLs.flatMap((url) => verbs.map((verb) => ({ nonResourceURLs: [url], verbs: [verb] }))),
  ];
}

function covers(owned: Rule, single: Rule): boolean {
  const [verb = ''] = single.verbs;
  if (!owned.verbs.includes('*') && !owned.verbs.includes(verb)) {
    return false;
  }
  const [url] = single.nonResourceURLs ?? [];
  if (url !== undefined) {
    return (owned.nonResourceURLs ?? []).some(
      (pattern) => pattern === url || (pattern.endsWith('*') && url.startsWith(pattern.slice(0, -1))),
    );
  }
  const { apiGroups = [], resources = [], resourceNames = [] } = owned;
  const [group = ''] = single.apiGroups ?? [];
  const [resource = ''] = single.resources ?? [];
  const [name] = single.resourceNames ?? [];
  const [, subresource] = resource.split('/');
  return (
    (apiGroups.includes('*') || apiGroups.includes(group)) &&
    (resources.includes('*') ||
      resources.includes(resource) ||
      (subresource !== undefined && resources.includes(`*/${subresource}`))) &&
    (resourceNames.length === 0 || (name !== undefined && resourceNames.includes(name)))
  );
}

function told({ verbs, apiGroups, resources, resourceNames, nonResourceURLs }: Rule): string {
  const part = (name: string, values: readonly string[] | undefined): readonly string[] =>
    values === undefined ? [] : [`${name}:[${values.map((value) => JSON.stringify(value)).join(' ')}]`];
  const parts = [
    ...part('APIGroups', apiGroups),
    ...part('Resources', resources),
    ...part('ResourceNames', resourceNames),
    ...part('NonResourceURLs', nonResourceURLs),
    ...part('Verbs', verbs),
  ];
  return `{${parts.join(', ')}}`;
}
