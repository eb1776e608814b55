import { isDeepStrictEqual } from 'node:util';
import type { Api } from '../api/api.ts';
import { notFound, Refusal } from '../api/status.ts';
import { type Kind, qualified } from '../kinds/kind.ts';
import type { SeedObject, StoredObject } from '../types.ts';
import { missingRights } from './coverage.ts';
import type { Identity } from './identity.ts';
import type { Rule } from './rbac.ts';
import { refuseInvalidRole } from './role-rules.ts';
import { quoted } from './service-accounts.ts';

const group = 'rbac.authorization.k8s.io';

/** What admission lets through of RBAC's own objects: valid ones that give nobody more than the writer has. */
export function permitted(api: Api, who: Identity, kind: Kind, object: SeedObject): SeedObject {
  if (kind.group !== group) {
    return object;
  }
  const { name, namespace } = object.metadata;
  const before = api.store.get(kind, namespace, name);
  const filled = kind.plural.endsWith('bindings') ? withSubjects(object) : withRules(object);
  refuseInvalidRole(kind, filled, before);
  refuseEscalation(api, who, kind, filled, before);
  return filled;
}

function withSubjects(object: SeedObject): SeedObject {
  const { apiGroup, ...roleRef } = (object['roleRef'] ?? {}) as { readonly apiGroup?: string };
  const subjects = object['subjects'] as readonly { readonly kind?: string }[] | undefined;
  return {
    ...object,
    ...(subjects === undefined
      ? {}
      : {
          subjects: subjects.map((subject) => ({
            ...(subject.kind === 'User' || subject.kind === 'Group' ? { apiGroup: group } : {}),
            ...subject,
          })),
        }),
    roleRef: { apiGroup: apiGroup === undefined || apiGroup === '' ? group : apiGroup, ...roleRef },
  };
}

function withRules(object: SeedObject): SeedObject {
  const rules = object['rules'] as readonly Rule[] | undefined | null;
  return { ...object, rules: rules === undefined || rules === null || rules.length === 0 ? null : rules };
}

/** Nobody gives what they do not have, unless they may `escalate` the role or `bind` it. Throws 403. */
function refuseEscalation(
  api: Api,
  who: Identity,
  kind: Kind,
  object: SeedObject,
  before: StoredObject | undefined,
): void {
  const { authorizer } = api;
  const { name, namespace } = object.metadata;
  const isBinding = kind.plural.endsWith('bindings');
  const same = (field: string): boolean => before !== undefined && isDeepStrictEqual(object[field], before[field]);
  if (isBinding ? same('subjects') && same('roleRef') : same('rules') && same('aggregationRule')) {
    return;
  }
  const roleRef = object['roleRef'] as { readonly kind: string; readonly name: string };
  const asked = isBinding
    ? { verb: 'bind', resource: roleRef.kind === 'Role' ? 'roles' : 'clusterroles', name: roleRef.name }
    : { verb: 'escalate', resource: kind.plural, name };
  if (authorizer.allowing(who, { ...asked, group, namespace }) !== undefined) {
    return;
  }
  const owned = authorizer.rulesOf(who, namespace).map(({ rule }) => rule);
  const missing = missingRights(owned, isBinding ? rolesRules(api, kind, namespace, roleRef) : rulesOf(object));
  // A role made of others may become anything.
  const isOpen = object['aggregationRule'] !== undefined && !same('aggregationRule');
  if (missing.length === 0 && !isOpen) {
    return;
  }
  const lacking =
    missing.length > 0
      ? `is attempting to grant RBAC permissions not currently held:\n${missing.join('\n')}`
      : 'must have cluster-admin privileges to use the aggregationRule';
  throw new Refusal(
    403,
    'Forbidden',
    `${qualified(kind)} "${name}" is forbidden: user ${JSON.stringify(who.name)} (groups=${quoted(who.groups)}) ${lacking}`,
    { name, group, kind: kind.plural },
  );
}

function rolesRules(
  { store }: Api,
  kind: Kind,
  namespace: string | undefined,
  roleRef: { readonly kind: string; readonly name: string },
): readonly Rule[] {
  const roles = store.kinds.of(`${group}/v1`, roleRef.kind);
  const role = roles && store.get(roles, roleRef.kind === 'Role' ? namespace : undefined, roleRef.name);
  if (role === undefined) {
    throw notFound(kind, roleRef.name);
  }
  return rulesOf(role);
}

function rulesOf(role: SeedObject): readonly Rule[] {
  return (role['rules'] ?? []) as readonly Rule[];
}
