/** What a path of the API names, before anybody knows whether it exists: the server's own RequestInfo. */
export interface Target {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly subresource?: string;
}

/**
 * `/api/v1/namespaces/a/pods/b/log`, `/apis/apps/v1/deployments`. Undefined for paths that are not of a resource
 * (`/version`, `/apis/apps`).
 */
export function targetOf(path: string): Target | undefined {
  const [root, ...rest] = path.split('/').slice(1).map(decoded);
  if (root !== 'api' && root !== 'apis') {
    return undefined;
  }
  const [group = '', version = '', ...parts] = root === 'api' ? ['', ...rest] : rest;
  const [first, second, third, ...more] = parts.filter((part) => part !== '');
  if (first === undefined) {
    return undefined;
  }
  // `namespaces/a` and its own subresources are the Namespace; anything else below it lives in the namespace.
  if (
    first === 'namespaces' &&
    second !== undefined &&
    third !== undefined &&
    !['status', 'finalize'].includes(third)
  ) {
    const [name, subresource] = more;
    return { group, version, resource: third, namespace: second, ...named(name, subresource) };
  }
  const scope = first === 'namespaces' && second !== undefined ? { namespace: second } : {};
  return { group, version, resource: first, ...scope, ...named(second, third) };
}

function named(name: string | undefined, subresource: string | undefined): Pick<Target, 'name' | 'subresource'> {
  return { ...(name === undefined ? {} : { name }), ...(subresource === undefined ? {} : { subresource }) };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    // What no client of Go sends: it names nothing that exists.
    return part;
  }
}

/** The verb that RBAC judges. */
export function verbOf(method: string, target: Target, query: URLSearchParams): string {
  switch (method) {
    case 'GET':
    case 'HEAD':
      if (target.name !== undefined) {
        return 'get';
      }
      return isOn(query.get('watch')) ? 'watch' : 'list';
    case 'POST':
      return 'create';
    case 'PUT':
      return 'update';
    case 'PATCH':
      return 'patch';
    case 'DELETE':
      return target.name === undefined ? 'deletecollection' : 'delete';
    default:
      return method.toLowerCase();
  }
}

/** `?watch`, `?watch=1` and `?watch=true` are yes, as Go's conversion reads them. */
export function isOn(value: string | null): boolean {
  return value !== null && value !== '0' && value.toLowerCase() !== 'false';
}
