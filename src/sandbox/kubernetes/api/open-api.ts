import { apiVersionOf, type Kind } from '../kinds/kind.ts';

/**
 * The least of OpenAPI v3 that lets `kubectl create` and `apply` go ahead: that the server checks fields itself
 * (`fieldValidation`), told for each kind. There are no schemas, so `kubectl explain` has nothing to show.
 */
export function openApi(kinds: readonly Kind[], [version, ...path]: readonly string[]): object | undefined {
  if (version !== 'v3') {
    return version === 'v2' ? { swagger: '2.0', info, paths: {} } : undefined;
  }
  const documents = new Map(Map.groupBy(kinds, documentOf));
  if (path.length === 0) {
    const entries = [...documents.keys()].map((name) => [name, { serverRelativeURL: `/openapi/v3/${name}` }]);
    return { paths: Object.fromEntries(entries) };
  }
  const served = documents.get(path.join('/'));
  return served === undefined
    ? undefined
    : { openapi: '3.0.0', info, paths: Object.fromEntries(served.map(patchOf)), components: { schemas: {} } };
}

const info = { title: 'Kubernetes', version: 'v1' };

function documentOf(kind: Kind): string {
  return `${kind.group === '' ? 'api' : 'apis'}/${apiVersionOf(kind)}`;
}

function patchOf(kind: Kind): readonly [string, object] {
  const { group, version, plural, namespaced } = kind;
  const scope = namespaced ? 'namespaces/{namespace}/' : '';
  const parameters = ['dryRun', 'fieldManager', 'fieldValidation'].map((name) => ({
    name,
    in: 'query',
    schema: { type: 'string', uniqueItems: true },
  }));
  const patch = {
    'x-kubernetes-action': 'patch',
    'x-kubernetes-group-version-kind': { group, kind: kind.kind, version },
    parameters,
  };
  return [`/${documentOf(kind)}/${scope}${plural}/{name}`, { patch }];
}
