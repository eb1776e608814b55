import { withLimitDefaults } from '../admission/limit-ranges.ts';
import { type Author, withManagedFields } from '../fields/managed-fields.ts';
import { apiVersionOf, type Kind, qualified } from '../kinds/kind.ts';
import type { Store } from '../store/store.ts';
import type { SeedObject, StoredObject } from '../types.ts';
import { type Applying, appliedTo } from './apply-patch.ts';
import { jsonPatched } from './json-patch.ts';
import { mergePatched } from './merge-patch.ts';
import { scaled, scaleOf } from './scale.ts';
import { alreadyExists, badRequest, conflict, invalid, modified, notFound, unsupportedMediaType } from './status.ts';
import { strategicallyPatched } from './strategic-patch.ts';
import type { Target } from './target.ts';

/** An object as a client sent it: nothing about it is known yet. */
type Sent = Readonly<Record<string, unknown>>;

/** Whoever knows what a kind needs before it is stored: defaults, and whole objects made from short ones. */
export type Admit = (kind: Kind, object: SeedObject) => SeedObject;

/** Who may still say no once the object is known: policies, quotas. Throws a Refusal. */
export type Review = (review: {
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE';
  readonly object: SeedObject | undefined;
  readonly oldObject: StoredObject | undefined;
}) => void;

export interface WriteRequest {
  readonly store: Store;
  readonly review: Review;
  readonly kind: Kind;
  readonly target: Target;
  readonly admit: Admit;
  readonly author: Author;
  readonly isDryRun: boolean;
}

const namePattern = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

export function created(request: WriteRequest, sent: Sent): StoredObject {
  const { store, kind, target, admit } = request;
  const object = checked(kind, target, sent);
  const name = object.metadata.name;
  refuseNowhere(request);
  if (store.get(kind, target.namespace, name) !== undefined) {
    throw alreadyExists(kind, name);
  }
  // Whatever uid a client sends, the server gives its own.
  const { uid: _, ...metadata } = object.metadata;
  const whole = admit(kind, { ...object, metadata: metadata as SeedObject['metadata'] });
  return stored(request, qualified(kind) === 'pods' ? withLimitDefaults(store, whole) : whole);
}

function refuseNowhere({ store, kind, target: { namespace = '' } }: WriteRequest): void {
  const namespaces = store.kinds.of('v1', 'Namespace');
  if (kind.namespaced && namespaces !== undefined && store.get(namespaces, undefined, namespace) === undefined) {
    throw notFound(namespaces, namespace);
  }
}

export function updated(request: WriteRequest, sent: Sent): StoredObject {
  const { store, kind, target, admit } = request;
  const name = target.name ?? '';
  if (target.subresource === 'scale') {
    const before = existing(store, kind, target);
    return rescaled(request, before, sent as unknown as SeedObject);
  }
  const object = checked(kind, target, sent);
  if (object.metadata.name !== name) {
    throw badRequest(`the name of the object (${object.metadata.name}) does not match the name on the URL (${name})`);
  }
  const before = existing(store, kind, target);
  refuseStale(kind, before, object);
  return stored(request, admit(kind, within(target, object, before)), before);
}

/** JSON merge patch, JSON Patch, and for built-in kinds strategic merge patch. */
export function patched(request: WriteRequest, patch: unknown, contentType: string): StoredObject {
  const { store, kind, target, admit } = request;
  const apply = patchings[contentType];
  if (apply === undefined || (kind.custom && apply === strategicallyPatched)) {
    throw unsupportedMediaType();
  }
  const before = existing(store, kind, target);
  if (target.subresource === 'scale') {
    return rescaled(request, before, apply(scaleOf(before), patch) as SeedObject);
  }
  const object = apply(before, patch) as StoredObject;
  refuseStale(kind, before, object);
  refuseOther(kind, before, object);
  return stored(request, admit(kind, within(target, object, before)), before);
}

/** Server-side apply: creates what is not there, and answers which of the two it did. */
export function applied(
  request: WriteRequest,
  sent: Sent,
  applying: Applying,
): { readonly object: StoredObject; readonly isNew: boolean } {
  const { store, kind, target, admit } = request;
  const name = target.name ?? '';
  const before = store.get(kind, target.namespace, name);
  if (target.subresource === 'scale') {
    const parent = existing(store, kind, target);
    const { metadata } = scaleOf(parent);
    const wish = {
      apiVersion: apiVersionOf(kind),
      kind: kind.kind,
      metadata: { name: metadata.name },
      spec: sent['spec'],
    };
    const laid = appliedTo(kind, parent, wish, applying);
    return {
      object: rescaled(request, parent, { ...(sent as unknown as SeedObject), spec: laid.spec }, laid),
      isNew: false,
    };
  }
  const config = checked(kind, target, sent);
  const { uid, resourceVersion, managedFields } = config.metadata;
  if (config.metadata.name !== name) {
    throw badRequest(`the name of the object (${config.metadata.name}) does not match the name on the URL (${name})`);
  }
  if (managedFields !== undefined) {
    throw badRequest('metadata.managedFields must be nil');
  }
  if (before === undefined) {
    refuseNowhere(request);
    if (typeof uid === 'string' && uid !== '') {
      throw conflict(
        kind,
        name,
        `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`,
      );
    }
    if (resourceVersion !== undefined && resourceVersion !== '') {
      throw notFound(kind, name);
    }
    const { status: _, ...rest } = config;
    const made = appliedTo(kind, undefined, rest, applying);
    return { object: keep(request, admit(kind, made), undefined), isNew: true };
  }
  refuseOther(kind, before, config);
  refuseStale(kind, before, config);
  const { status, spec, ...head } = config;
  const part =
    target.subresource === 'status'
      ? { apiVersion: config.apiVersion, kind: config.kind, metadata: { name }, status }
      : { ...head, ...(spec === undefined ? {} : { spec }) };
  const laid = appliedTo(kind, before, part, applying);
  return { object: keep(request, admit(kind, within(target, laid, before)), before), isNew: false };
}

const patchings: Readonly<Record<string, (target: unknown, patch: unknown) => unknown>> = {
  'application/merge-patch+json': mergePatched,
  'application/json-patch+json': jsonPatched,
  'application/strategic-merge-patch+json': strategicallyPatched,
};

/** Another uid is a conflict here, where on the object itself it is invalid (facts: kubernetes-verified.md §7). */
function rescaled(request: WriteRequest, before: StoredObject, scale: SeedObject, laid?: SeedObject): StoredObject {
  const { kind } = request;
  const { uid, resourceVersion } = before.metadata;
  const sent = scale.metadata ?? {};
  const sentUid = sent['uid'];
  if (typeof sentUid === 'string' && sentUid !== '' && sentUid !== uid) {
    const why = `Precondition failed: UID in precondition: ${sentUid}, UID in object meta: ${uid}`;
    throw conflict(kind, before.metadata.name, why);
  }
  const { replicas = 0 } = (scale.spec ?? {}) as { readonly replicas?: unknown };
  if (typeof replicas !== 'number' || !Number.isInteger(replicas) || replicas < 0) {
    throw invalid('Scale', 'autoscaling', before.metadata.name, [
      {
        reason: 'FieldValueInvalid',
        field: 'spec.replicas',
        message: `Invalid value: ${String(replicas)}: must be greater than or equal to 0`,
      },
    ]);
  }
  refuseStale(kind, before, { ...scale, metadata: { ...before.metadata, resourceVersion, ...sent } });
  const after = scaled(before, scale);
  return scaleOf(
    laid === undefined ? stored(request, after, before) : keep(request, { ...after, metadata: laid.metadata }, before),
  );
}

interface DeleteOptions {
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
}

export function refuseDelete(kind: Kind, object: StoredObject, { preconditions }: DeleteOptions): void {
  const { uid, resourceVersion, name } = object.metadata;
  if (preconditions?.uid !== undefined && preconditions.uid !== uid) {
    throw conflict(
      kind,
      name,
      `Precondition failed: UID in precondition: ${preconditions.uid}, UID in object meta: ${uid}`,
    );
  }
  if (preconditions?.resourceVersion !== undefined && preconditions.resourceVersion !== resourceVersion) {
    throw conflict(
      kind,
      name,
      `Precondition failed: ResourceVersion in precondition: ${preconditions.resourceVersion}, ResourceVersion in object meta: ${resourceVersion}`,
    );
  }
}

export function existing(store: Store, kind: Kind, target: Target): StoredObject {
  const object = store.get(kind, target.namespace, target.name ?? '');
  if (object === undefined) {
    throw notFound(kind, target.name ?? '');
  }
  return object;
}

/** A write to `/status` changes the status alone; a write to the object never does, where a kind has the two apart. */
function within({ subresource }: Target, sent: SeedObject, before: StoredObject): SeedObject {
  if (subresource === 'status') {
    return { ...before, status: sent.status };
  }
  return before.status === undefined ? sent : { ...sent, status: before.status };
}

function stored(request: WriteRequest, object: SeedObject, before?: StoredObject): StoredObject {
  return keep(request, withManagedFields(request.kind, object, before, request.author), before);
}

function keep(
  { store, kind, review, target, isDryRun }: WriteRequest,
  object: SeedObject,
  before: StoredObject | undefined,
): StoredObject {
  const preview = store.preview(kind, object);
  const face = target.subresource === 'scale' ? scaleOf : (whole: StoredObject) => whole;
  review({
    operation: before === undefined ? 'CREATE' : 'UPDATE',
    object: face(preview),
    oldObject: before === undefined ? undefined : face(before),
  });
  return isDryRun ? preview : store.put(kind, object);
}

function refuseStale(kind: Kind, before: StoredObject, { metadata }: SeedObject): void {
  const sent = metadata['resourceVersion'];
  if (sent !== undefined && sent !== '' && sent !== before.metadata.resourceVersion) {
    throw conflict(kind, before.metadata.name, modified);
  }
}

/** Another uid is another object. */
function refuseOther(kind: Kind, { metadata: { name, uid } }: StoredObject, { metadata }: SeedObject): void {
  const sent = metadata['uid'];
  if (sent !== undefined && sent !== '' && sent !== uid) {
    const message = `Invalid value: "${String(sent)}": field is immutable`;
    throw invalid(kind.kind, kind.group, name, [{ reason: 'FieldValueInvalid', field: 'metadata.uid', message }]);
  }
}

function checked(kind: Kind, target: Target, sent: Sent): SeedObject {
  const wanted = apiVersionOf(kind);
  if (sent['kind'] !== kind.kind || sent['apiVersion'] !== wanted) {
    throw badRequest(
      `${String(sent['kind'])} in version "${String(sent['apiVersion'])}" cannot be handled as a ${kind.kind}: unknown conversion`,
    );
  }
  const metadata = (sent['metadata'] ?? {}) as SeedObject['metadata'] & { readonly generateName?: string };
  if (metadata.namespace !== undefined && metadata.namespace !== target.namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  const name = metadata.name ?? (metadata.generateName === undefined ? '' : `${metadata.generateName}${suffix()}`);
  if (name === '') {
    const message = 'Required value: name or generateName is required';
    throw invalid(kind.kind, kind.group, '', [{ reason: 'FieldValueRequired', field: 'metadata.name', message }]);
  }
  if (!namePattern.test(name) && kind.group !== 'rbac.authorization.k8s.io') {
    throw invalid(kind.kind, kind.group, name, [
      { reason: 'FieldValueInvalid', field: 'metadata.name', message: `Invalid value: "${name}": ${nameRule}` },
    ]);
  }
  const scope = target.namespace === undefined || !kind.namespaced ? {} : { namespace: target.namespace };
  return { ...sent, apiVersion: wanted, kind: kind.kind, metadata: { ...metadata, name, ...scope } };
}

const nameRule =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end " +
  "with an alphanumeric character (e.g. 'example.com', regex used for validation is " +
  "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

const letters = 'bcdfghjklmnpqrstvwxz2456789';

/** Five characters of Kubernetes' own alphabet: no vowels, so that no words come out. */
export function suffix(): string {
  return Array.from({ length: 5 }, () => letters[Math.floor(Math.random() * letters.length)]).join('');
}
