import { instant } from '#text/clock.ts';
import { isReady } from '../controllers/pods.ts';
import type { Kind } from '../kinds/kind.ts';
import { objectSelector } from '../selectors/labels.ts';
import type { Pod, PodDisruptionBudget } from '../shapes.ts';
import type { Store } from '../store/store.ts';
import type { SeedObject, StoredObject } from '../types.ts';
import { badRequest, Refusal, type Status } from './status.ts';
import type { Target } from './target.ts';
import { existing, refuseDelete } from './write.ts';

/** What a client posts to `pods/NAME/eviction`. */
export interface Eviction extends SeedObject {
  readonly deleteOptions?: {
    readonly dryRun?: readonly string[];
    readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  };
}

export function evictionOf(target: Target, body: Readonly<Record<string, unknown>>): Eviction {
  const { name = '', namespace } = target;
  const metadata = (body['metadata'] ?? {}) as { readonly name?: string };
  if (body['kind'] !== 'Eviction') {
    throw badRequest(`not an Eviction: ${String(body['kind'])}`);
  }
  if (metadata.name !== undefined && metadata.name !== '' && metadata.name !== name) {
    throw badRequest('name in URL does not match name in Eviction object');
  }
  return {
    ...body,
    apiVersion: 'policy/v1',
    kind: 'Eviction',
    metadata: { ...metadata, name, ...(namespace === undefined ? {} : { namespace }) },
  };
}

/** The pod that may go; throws 409 for a precondition, 429 for a budget (facts: kubernetes-verified.md §7). */
export function evictable(store: Store, kind: Kind, target: Target, { deleteOptions = {} }: Eviction): StoredObject {
  const object = existing(store, kind, target);
  const pod = object as unknown as Pod;
  refuseDelete(kind, object, deleteOptions);
  const isGoing = pod.metadata.deletionTimestamp !== undefined;
  if (isGoing || ['Pending', 'Succeeded', 'Failed'].includes(pod.status?.phase ?? 'Pending')) {
    return object;
  }
  const [budget, another] = budgetsOf(store, pod);
  if (another !== undefined) {
    throw new Refusal(
      500,
      'InternalError',
      'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
    );
  }
  if (budget !== undefined) {
    refuseBroken(budget, pod);
  }
  return object;
}

/** Says on the pod why it ends: a Job may not count it as a failure. */
export function disrupted(object: StoredObject, now: number): StoredObject {
  const { status } = object as unknown as Pod;
  const others = (status?.conditions ?? []).filter(({ type }) => type !== 'DisruptionTarget');
  const condition = {
    ...{ type: 'DisruptionTarget', status: 'True', lastProbeTime: null, lastTransitionTime: instant(now) },
    ...{ reason: 'EvictionByEvictionAPI', message: 'Eviction API: evicting' },
  };
  return { ...object, status: { ...status, conditions: [...others, condition] } };
}

export const evicted: Status = {
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Success',
  code: 201,
};

function budgetsOf(store: Store, { metadata }: Pod): readonly PodDisruptionBudget[] {
  const kind = store.kinds.of('policy/v1', 'PodDisruptionBudget');
  const budgets = kind === undefined ? [] : store.entries(kind, metadata.namespace);
  return budgets
    .map(({ object }) => object as unknown as PodDisruptionBudget)
    .filter(({ spec }) => spec.selector !== undefined && objectSelector(spec.selector)(metadata.labels));
}

function refuseBroken({ metadata, spec, status = {} }: PodDisruptionBudget, pod: Pod): void {
  const { currentHealthy = 0, desiredHealthy = 0, disruptionsAllowed = 0, observedGeneration = 0 } = status;
  if (!isReady(pod)) {
    const isLeeway = currentHealthy >= desiredHealthy && desiredHealthy > 0;
    if (spec.unhealthyPodEvictionPolicy === 'AlwaysAllow' || isLeeway) {
      return;
    }
  }
  if (observedGeneration < (metadata.generation ?? 1)) {
    throw wouldBreak(`The disruption budget ${metadata.name} is still being processed by the server.`, 10);
  }
  if (disruptionsAllowed <= 0) {
    throw wouldBreak(
      `The disruption budget ${metadata.name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`,
    );
  }
}

function wouldBreak(message: string, retryAfterSeconds?: number): Refusal {
  const told = "Cannot evict pod as it would violate the pod's disruption budget.";
  return new Refusal(429, 'TooManyRequests', told, {
    causes: [{ reason: 'DisruptionBudget', message }],
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  });
}

export function isDryEviction({ deleteOptions }: Eviction): boolean {
  return deleteOptions?.dryRun?.includes('All') ?? false;
}
