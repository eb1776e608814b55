import type { Kind } from '../kinds/kind.ts';
import { qualified } from '../kinds/kind.ts';
import type { StoredObject } from '../types.ts';
import type { Api, Call } from './api.ts';
import { forbidden, Refusal } from './status.ts';
import { created, updated, type WriteRequest } from './write.ts';

interface Updated {
  readonly code: 200 | 201;
  readonly object: StoredObject;
}

/** PUT. Some kinds are made by it where they are not there; some may be written over only by who says which version was seen. */
export function put(api: Api, { who }: Call, request: WriteRequest, body: Record<string, unknown>): Updated {
  const { store, kind, target } = request;
  const { namespace, name = '', subresource } = target;
  const isThere = store.get(kind, namespace, name) !== undefined;
  if (!isThere && isMadeByUpdate(kind) && subresource === undefined) {
    const asked = { ...target, verb: 'create', name: undefined };
    if (api.authorizer.allowing(who, asked) === undefined) {
      throw forbidden({ user: who.name, ...asked });
    }
    return { code: 201, object: created(request, withoutVersion(body)) };
  }
  if (isThere && !isWrittenOverUnseen(kind) && subresource === undefined && versionOf(body) === '') {
    throw unseen(kind, name);
  }
  return { code: 200, object: updated(request, body) };
}

function isMadeByUpdate({ group, plural }: Kind): boolean {
  return group === 'rbac.authorization.k8s.io' || plural === 'leases';
}

function isWrittenOverUnseen({ custom, plural }: Kind): boolean {
  return !custom && plural !== 'leases';
}

function versionOf(body: Record<string, unknown>): string {
  const { resourceVersion = '' } = (body['metadata'] ?? {}) as { readonly resourceVersion?: string };
  return resourceVersion;
}

function withoutVersion(body: Record<string, unknown>): Record<string, unknown> {
  const { resourceVersion: _, ...metadata } = (body['metadata'] ?? {}) as Record<string, unknown>;
  return { ...body, metadata };
}

/** Named by its resource, where every other refusal of this kind names the object's kind. */
function unseen(kind: Kind, name: string): Refusal {
  const field = 'metadata.resourceVersion';
  const message = 'Invalid value: 0: must be specified for an update';
  return new Refusal(422, 'Invalid', `${qualified(kind)} "${name}" is invalid: ${field}: ${message}`, {
    name,
    ...(kind.group === '' ? {} : { group: kind.group }),
    kind: kind.plural,
    causes: [{ reason: 'FieldValueInvalid', message, field }],
  });
}
