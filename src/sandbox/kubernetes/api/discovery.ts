import { apiVersionOf, type Kind } from '../kinds/kind.ts';

/** What `/api`, `/apis` and their groups answer: the plain lists and the aggregated form that kubectl asks for first. */

const groupsOf = (kinds: readonly Kind[]): readonly string[] => [...new Set(kinds.map(({ group }) => group))];
const versionsOf = (kinds: readonly Kind[], group: string): readonly string[] => [
  ...new Set(kinds.filter((kind) => kind.group === group).map(({ version }) => version)),
];

export function apiVersions(address: string): object {
  return {
    kind: 'APIVersions',
    versions: ['v1'],
    serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: address }],
  };
}

export function groupList(kinds: readonly Kind[]): object {
  const groups = groupsOf(kinds).filter((group) => group !== '');
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups.map((group) => groupEntry(kinds, group)) };
}

export function groupOf(kinds: readonly Kind[], group: string): object | undefined {
  return group !== '' && groupsOf(kinds).includes(group)
    ? { kind: 'APIGroup', apiVersion: 'v1', ...groupEntry(kinds, group) }
    : undefined;
}

function groupEntry(kinds: readonly Kind[], group: string): object {
  const versions = versionsOf(kinds, group).map((version) => ({ groupVersion: `${group}/${version}`, version }));
  return { name: group, versions, preferredVersion: versions[0] };
}

export function resourceList(kinds: readonly Kind[], group: string, version: string): object | undefined {
  const served = kinds.filter((kind) => kind.group === group && kind.version === version);
  if (served.length === 0) {
    return undefined;
  }
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: apiVersionOf({ group, version }),
    resources: served.flatMap((kind) => [
      {
        name: kind.plural,
        singularName: kind.singular,
        namespaced: kind.namespaced,
        kind: kind.kind,
        verbs: kind.verbs,
        ...listed('shortNames', kind.shortNames),
        ...listed('categories', kind.categories),
      },
      ...kind.subresources.map((subresource) => ({
        name: `${kind.plural}/${subresource.name}`,
        singularName: '',
        namespaced: kind.namespaced,
        ...(subresource.group === undefined ? {} : { group: subresource.group, version: subresource.version }),
        kind: subresource.kind,
        verbs: subresource.verbs,
      })),
    ]),
  };
}

/** `/api` is the core group, `/apis` all the others. */
export function aggregated(kinds: readonly Kind[], root: 'api' | 'apis', version: 'v2' | 'v2beta1'): object {
  const groups = groupsOf(kinds).filter((group) => (group === '') === (root === 'api'));
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: groups.map((group) => ({
      metadata: group === '' ? {} : { name: group },
      versions: versionsOf(kinds, group).map((each) => ({
        version: each,
        resources: kinds.filter((kind) => kind.group === group && kind.version === each).map(discovered),
        freshness: 'Current',
      })),
    })),
  };
}

function discovered(kind: Kind): object {
  const kindOf = (name: string, group = '', version = ''): object => ({ group, version, kind: name });
  return {
    resource: kind.plural,
    responseKind: kind.custom ? kindOf(kind.kind, kind.group, kind.version) : kindOf(kind.kind),
    scope: kind.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: kind.singular,
    verbs: kind.verbs,
    ...listed('shortNames', kind.shortNames),
    ...listed('categories', kind.categories),
    ...listed(
      'subresources',
      kind.subresources.map((subresource) => ({
        subresource: subresource.name,
        responseKind: kindOf(subresource.kind, subresource.group, subresource.version),
        verbs: subresource.verbs,
      })),
    ),
  };
}

/** Empty lists are left out of the answer, as Go's `omitempty` does. */
function listed(field: string, values: readonly unknown[]): object {
  return values.length === 0 ? {} : { [field]: values };
}
