import { isDeepStrictEqual } from 'node:util';
import type { Api } from '../api/api.ts';
import { forbiddenBy, notFound } from '../api/status.ts';
import type { Kind } from '../kinds/kind.ts';
import type { SeedObject, StoredObject } from '../types.ts';
import { refuseOwnerless } from './account-secrets.ts';
import { missingRights } from './coverage.ts';
import type { Identity } from './identity.ts';
import { refuseNewHold } from './new-hold.ts';
import type { Rule } from './rbac.ts';
import { refuseInvalidRole } from './role-rules.ts';
import { quoted } from './service-accounts.ts';

const group = 'rbac.authorization.k8s.io';

/** What may be stored: valid roles that give nobody more than the writer has, Secrets that say whose token they want. */
export function permitted(api: Api, who: Identity, kind: Kind, object: SeedObject): SeedObject {
  const { name, namespace } = object.metadata;
  const before = api.store.get(kind, namespace, name);
  refuseNewHold(kind, object, before);
  if (kind.plural === 'secrets') {
    refuseOwnerless(kind, object);
  }
  if (kind.group !== group) {
    return object;
  }
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
  if (missing.length > 0) {
    const list = missing.join('\n');
    throw forbiddenBy(
      kind,
      name,
      `user ${JSON.stringify(who.name)} (groups=${quoted(who.groups)}) is attempting to grant RBAC permissions not currently held:\n${list}`,
    );
  }
  // A role made of others may become anything.
  const isOpen = [object, before].some((role) => role?.['aggregationRule'] !== undefined);
  if (isOpen && missingRights(owned, everything).length > 0) {
    throw forbiddenBy(kind, name, 'must have cluster-admin privileges to use the aggregationRule');
  }
}

const everything: readonly Rule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
];

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
