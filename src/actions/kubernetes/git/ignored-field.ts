import { type Foreign, object, objects, text } from '#systems/kubernetes/foreign.ts';

// Fields that a tool is told to leave alone, as Argo CD and Flux write them: by kind and name, and by path.

/** `{group, kind, name, namespace}` of Argo CD, or a `target` of Flux; what is left out fits all. */
export function fits(target: Foreign, held: Foreign): boolean {
  const { kind, metadata, apiVersion } = held;
  const version = text(apiVersion);
  const group = version.includes('/') ? version.replace(/\/.*/u, '') : '';
  const { name, namespace } = object(metadata);
  const isAny = (wanted: unknown) => wanted === undefined || wanted === '' || wanted === '*';
  return (
    (isAny(target['kind']) || target['kind'] === kind) &&
    (isAny(target['name']) || target['name'] === name) &&
    (isAny(target['namespace']) || target['namespace'] === namespace) &&
    // Argo CD takes a group that is left out for the core one, so that `kind: Deployment` alone fits nothing.
    (target['group'] === undefined || target['group'] === '*' || target['group'] === group)
  );
}

/** Whether a JSON pointer is the field or holds it: `/spec/replicas`; a container stands there by its place. */
export function points(pointer: string, fieldPath: string, held: Foreign): boolean {
  const wanted = pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  const at = placesOf(fieldPath, held);
  return wanted.length > 0 && wanted.length <= at.length && wanted.every((part, index) => part === at[index]);
}

/** Whether a plain jq path is the field or holds it: `.spec.template.spec.containers[].image`. Others are not understood. */
export function selects(expression: string, fieldPath: string): boolean {
  if (!/^(\.[\w-]+(\[\])?)+$/u.test(expression)) {
    return false;
  }
  const path = `.${fieldPath.replace(/\[[^\]]*\]/gu, '[]')}`;
  return path === expression || path.startsWith(`${expression}.`) || path.startsWith(`${expression}[`);
}

/** `spec.template.spec.containers[odoo].image` as the parts of a pointer, the container by its place. */
function placesOf(fieldPath: string, held: Foreign): readonly string[] {
  let at: unknown = held;
  return [...fieldPath.matchAll(/\[([^\]]*)\]|([^.[\]]+)/gu)].map(([, named, field]) => {
    const list = objects(at);
    const place = named === undefined ? -1 : list.findIndex(({ name }) => name === named);
    const key = place === -1 ? (field ?? named ?? '') : String(place);
    at = place === -1 ? object(at)[key] : list[place];
    return key;
  });
}
