import { instant } from '#text/clock.ts';
import { permitted } from '../access/permitted.ts';
import type { Kind } from '../kinds/kind.ts';
import type { Pod } from '../shapes.ts';
import { Entry } from '../store/entry.ts';
import type { StoredObject } from '../types.ts';
import { reviewOf } from './admission-review.ts';
import { sendJson, sendPieces, sendText } from './answer.ts';
import type { Api, Call } from './api.ts';
import { applyType, refuseForced, refuseUnnamed } from './apply-patch.ts';
import { bodyOf, contentTypeOf, patchOf, yamlOf } from './body.ts';
import { leavesBehind } from './delete-options.ts';
import { disrupted, evictable, evicted, evictionOf, isDryEviction } from './eviction.ts';
import { followLog } from './follow-log.ts';
import { pageOf } from './list.ts';
import { logText } from './log.ts';
import { Renderer } from './render.ts';
import { representationOf } from './representation.ts';
import { isReview, reviewed } from './reviews.ts';
import { scaleOf } from './scale.ts';
import { invalid, methodNotAllowed, noSuchResource, notFound, type Status } from './status.ts';
import { isOn, type Target } from './target.ts';
import { tokenFor, tokenRequest } from './token-request.ts';
import { put } from './update.ts';
import { watch } from './watch.ts';
import { applied, created, existing, patched, refuseDelete, type WriteRequest } from './write.ts';

/** Requests about objects: routed by the verb, once the kind is known to exist. */
export async function serveResource(api: Api, call: Call, target: Target, verb: string): Promise<void> {
  const kind = api.store.kinds.at(target.group, target.version, target.resource);
  if (kind === undefined) {
    notServed(api, call, target);
    return;
  }
  if (isReview(target) && verb === 'create') {
    await sendJson(call.response, 201, reviewed(api, target, await bodyOf(call.request), call.who));
    return;
  }
  refuseWrongPlace(kind, target);
  if (target.subresource === 'token') {
    await serveToken(api, call, { target, kind, verb });
    return;
  }
  if (target.subresource === 'log') {
    const pod = existing(api.store, kind, target) as unknown as Pod;
    if (isOn(call.query.get('follow'))) {
      await followLog(api, call.response, call.query, pod);
    } else {
      sendText(call.response, 200, logText(pod, call.query, api.log, api.clock));
    }
    return;
  }
  if (target.subresource === 'scale' && verb === 'get') {
    await sendJson(call.response, 200, scaleOf(existing(api.store, kind, target)));
    return;
  }
  await (verb === 'get' || verb === 'list' || verb === 'watch' ? read : write)(api, call, { target, kind, verb });
}

async function serveToken(api: Api, call: Call, { target, kind, verb }: Asked): Promise<void> {
  if (verb !== 'create') {
    throw methodNotAllowed();
  }
  const isDryRun = isDry(call.query, verb);
  const asked = tokenRequest(target, await bodyOf(call.request));
  await api.admission.ready(kind);
  const review = reviewOf(api, call, { target, kind, verb }, isDryRun);
  review({
    operation: 'CREATE',
    object: { ...asked, metadata: { ...asked.metadata, name: target.name ?? '' } },
    oldObject: undefined,
  });
  const { body, warning, minted } = tokenFor(api, target, asked);
  call.audit.annotate('authentication.kubernetes.io/issued-credential-id', minted.credentialId);
  if (warning !== undefined) {
    call.response.setHeader('warning', `299 - ${JSON.stringify(warning)}`);
  }
  await sendJson(call.response, 201, body);
}

export interface Asked {
  readonly target: Target;
  readonly kind: Kind;
  readonly verb: string;
}

async function read(api: Api, { request, response, query }: Call, { target, kind, verb }: Asked): Promise<void> {
  const { store, clock, timers } = api;
  const representation = representationOf(request.headers.accept, query.get('includeObject'));
  const renderer = new Renderer(kind, representation, () => clock.now());
  const encoding = { acceptEncoding: String(request.headers['accept-encoding'] ?? '') };
  const reached = (version: number): Promise<boolean> =>
    reachedWithin(api, version, Number(query.get('timeoutSeconds')));
  const { namespace, name } = target;
  if (verb === 'watch') {
    await watch({ store, kind, namespace, query, renderer, response, timers, reached });
  } else if (verb === 'list') {
    const page = await pageOf(store, kind, namespace, query, reached);
    await sendPieces(response, 200, renderer.list(page.entries, page.meta), encoding);
  } else {
    const entry = store.entry(kind, kind.namespaced ? namespace : undefined, name ?? '');
    if (entry === undefined) {
      throw notFound(kind, name ?? '');
    }
    await sendPieces(response, 200, renderer.one(entry), encoding);
  }
}

async function write(api: Api, call: Call, { target, kind, verb }: Asked): Promise<void> {
  const { store, admit } = api;
  const { request, response, query } = call;
  const isDryRun = isDry(query, verb);
  await api.admission.ready(kind);
  if (target.subresource === 'eviction' && verb === 'create') {
    await evict(api, call, { target, kind, verb }, isDryRun);
    return;
  }
  if ((verb === 'create') !== (target.name === undefined) && verb !== 'deletecollection') {
    throw methodNotAllowed();
  }
  const review = reviewOf(api, call, { target, kind, verb }, isDryRun);
  const wanted: WriteRequest = {
    store,
    review,
    kind,
    target: kind.namespaced ? target : clusterWide(target),
    admit: (kind, object) => permitted(api, call.who, kind, admit(kind, object)),
    isDryRun,
    author: {
      manager: query.get('fieldManager') ?? programOf(request.headers['user-agent']),
      subresource: target.subresource,
      at: instant(api.clock.now()),
    },
  };
  if (verb === 'patch' && contentTypeOf(request) === applyType) {
    refuseUnnamed(query.get('fieldManager'));
    const isForced = isOn(query.get('force'));
    const { object, isNew } = applied(wanted, await yamlOf(request), { author: wanted.author, isForced });
    await sendWritten(call, wanted, object, isNew ? 201 : 200);
    return;
  }
  if (verb === 'patch') {
    refuseForced(query.get('force'));
    await sendWritten(call, wanted, patched(wanted, await patchOf(request), contentTypeOf(request)));
    return;
  }
  const body = await bodyOf(request);
  call.audit.sees(body);
  switch (verb) {
    case 'create':
      await sendObject(call, kind, 201, created(wanted, body));
      return;
    case 'update': {
      const { code, object } = put(api, call, wanted, body);
      await sendWritten(call, wanted, object, code);
      return;
    }
    case 'delete': {
      const object = existing(store, kind, wanted.target);
      refuseDelete(kind, object, body);
      review({ operation: 'DELETE', object: undefined, oldObject: object }, body);
      if (!isDryRun && leavesBehind(kind, body, query)) {
        api.orphan(object);
      }
      const after = isDryRun ? object : api.remove(object);
      // A pod that is given time to end is still there: the answer is the object, not a Status.
      if (store.get(kind, wanted.target.namespace, object.metadata.name) === undefined) {
        const status = deleted(kind, after);
        call.audit.answered(status);
        await sendJson(response, 200, status);
      } else {
        await sendObject(call, kind, 200, after);
      }
      return;
    }
    case 'deletecollection': {
      const { entries, meta } = await pageOf(store, kind, wanted.target.namespace, query, async () => false);
      const renderer = new Renderer(kind, { as: 'object' }, () => api.clock.now());
      for (const { object } of entries) {
        review({ operation: 'DELETE', object: undefined, oldObject: object }, body);
      }
      await sendPieces(response, 200, renderer.list(entries, meta), { acceptEncoding: undefined });
      for (const { object } of isDryRun ? [] : entries) {
        api.remove(object);
      }
      return;
    }
    default:
      throw methodNotAllowed();
  }
}

/** `pods/NAME/eviction`: a deletion that a PodDisruptionBudget may refuse. */
async function evict(api: Api, call: Call, asked: Asked, isDryRun: boolean): Promise<void> {
  const { target, kind } = asked;
  const eviction = evictionOf(target, await bodyOf(call.request));
  const isDry = isDryRun || isDryEviction(eviction);
  reviewOf(api, call, asked, isDry)({ operation: 'CREATE', object: eviction, oldObject: undefined });
  const pod = evictable(api.store, kind, target, eviction);
  if (!isDry) {
    api.remove(api.store.put(kind, disrupted(pod, api.clock.now())));
  }
  await sendJson(call.response, 201, evicted);
}

/** The name of a program that gave no `fieldManager`: what stands before the slash of its user agent, as on a real server. */
function programOf(userAgent = 'unknown'): string {
  return userAgent.split('/')[0]?.slice(0, 128) ?? 'unknown';
}

function isDry(query: URLSearchParams, verb: string): boolean {
  const asked = query.get('dryRun');
  if (asked !== null && asked !== 'All') {
    const options =
      { create: 'CreateOptions', update: 'UpdateOptions', patch: 'PatchOptions' }[verb] ?? 'DeleteOptions';
    throw invalid(options, 'meta.k8s.io', '', [
      {
        reason: 'FieldValueNotSupported',
        field: 'dryRun',
        message: `Unsupported value: ${JSON.stringify(asked)}: supported values: "All"`,
      },
    ]);
  }
  return asked === 'All';
}

/** A write to `/scale` answers with a Scale, which has no other representation here. */
async function sendWritten(
  call: Call,
  { kind, target }: WriteRequest,
  object: StoredObject,
  code = 200,
): Promise<void> {
  await (target.subresource === 'scale' ? sendJson(call.response, code, object) : sendObject(call, kind, code, object));
}

async function sendObject(
  { request, response, query }: Call,
  kind: Kind,
  code: number,
  object: StoredObject,
): Promise<void> {
  const representation = representationOf(request.headers.accept, query.get('includeObject'));
  const renderer = new Renderer(kind, representation, () => Date.now());
  const entry = new Entry(kind, object, Number(object.metadata.resourceVersion));
  await sendPieces(response, code, renderer.one(entry), { acceptEncoding: undefined });
}

function deleted(kind: Kind, { metadata }: StoredObject): Status {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: {
      name: metadata.name,
      ...(kind.group === '' ? {} : { group: kind.group }),
      kind: kind.plural,
      uid: metadata.uid,
    },
  };
}

function refuseWrongPlace(kind: Kind, { subresource, namespace, name }: Target): void {
  if (subresource !== undefined && !kind.subresources.some((each) => each.name === subresource)) {
    throw noSuchResource();
  }
  const isNamespaceItself = kind.plural === 'namespaces' && kind.group === '';
  if (!kind.namespaced && namespace !== undefined && !isNamespaceItself) {
    throw noSuchResource();
  }
  if (kind.namespaced && namespace === undefined && name !== undefined) {
    throw noSuchResource();
  }
}

/** `/api/v1/nope` is a Status, `/apis/no.such.group/v1/nope` is not even that. */
function notServed({ store }: Api, { response }: Call, { group, version }: Target): void {
  if (store.kinds.all.some((kind) => kind.group === group && kind.version === version)) {
    throw noSuchResource();
  }
  sendText(response, 404, '404 page not found\n');
}

function clusterWide({ namespace: _, ...target }: Target): Target {
  return target;
}

/** Waits for a version that is not there yet, three seconds at most, as the watch cache does. */
function reachedWithin({ store, timers }: Api, version: number, timeoutSeconds: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const seconds = timeoutSeconds > 0 ? Math.min(3, timeoutSeconds) : 3;
  const stopListening = store.onChange(() => {
    if (store.version >= version) {
      resolve(true);
    }
  });
  const stopTimer = timers.after(seconds * 1000, () => resolve(false));
  return promise.finally(() => {
    stopListening();
    stopTimer();
  });
}
