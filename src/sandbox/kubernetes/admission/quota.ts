import { quantity, quantityOf } from '#text/quantity.ts';
import { forbiddenBy, type Refusal } from '../api/status.ts';
import { type Kind, qualified } from '../kinds/kind.ts';
import type { ContainerSpec, Pod } from '../shapes.ts';
import type { Store } from '../store/store.ts';
import type { SeedObject, StoredObject } from '../types.ts';

export interface QuotaObject extends StoredObject {
  readonly spec: { readonly hard?: Readonly<Record<string, string>>; readonly scopes?: readonly string[] };
}

/** Kinds that are counted by their bare name too, from before `count/` was. */
const plainNames = new Set([
  ...['configmaps', 'persistentvolumeclaims', 'pods', 'resourcequotas', 'secrets', 'services'],
]);

/** Why a quota keeps an object from being stored, in the server's words; undefined when none does. */
export function quotaRefusal(
  store: Store,
  kind: Kind,
  object: SeedObject,
  before: SeedObject | undefined,
): Refusal | undefined {
  const { namespace, name } = object.metadata;
  const quotas = store.kinds.of('v1', 'ResourceQuota');
  if (quotas === undefined || namespace === undefined) {
    return undefined;
  }
  const asked = usageOf(kind, object);
  const given = before === undefined ? {} : usageOf(kind, before);
  for (const { object: each } of store.entries(quotas, namespace)) {
    const quota = each as QuotaObject;
    if (!isInScope(quota, kind, object)) {
      continue;
    }
    const refuse = (why: string): Refusal => forbiddenBy(kind, name, why);
    const { hard = {} } = quota.spec;
    const missing = before === undefined && qualified(kind) === 'pods' ? unsaid(object as unknown as Pod, hard) : '';
    if (missing !== '') {
      return refuse(`failed quota: ${quota.metadata.name}: must specify ${missing}`);
    }
    const more = Object.keys(hard).filter((resource) => (asked[resource] ?? 0) > (given[resource] ?? 0));
    const used = more.length === 0 ? {} : usedOf(store, quota);
    const over = more.filter(
      (resource) => (used[resource] ?? 0) + (asked[resource] ?? 0) - (given[resource] ?? 0) > quantity(hard[resource]),
    );
    if (over.length > 0) {
      const list = (of: (resource: string) => string): string =>
        over
          .toSorted()
          .map((resource) => `${resource}=${of(resource)}`)
          .join(',');
      const written = (amount: number, resource: string): string => quantityOf(amount, isBinary(resource));
      return refuse(
        `exceeded quota: ${quota.metadata.name}, ` +
          `requested: ${list((resource) => written((asked[resource] ?? 0) - (given[resource] ?? 0), resource))}, ` +
          `used: ${list((resource) => written(used[resource] ?? 0, resource))}, ` +
          `limited: ${list((resource) => hard[resource] ?? '')}`,
      );
    }
  }
  return undefined;
}

/** What of a quota is used in its namespace, by the resources that it limits. */
export function usedOf(store: Store, { metadata, spec }: QuotaObject): Readonly<Record<string, number>> {
  const hard = Object.keys(spec.hard ?? {});
  const used: Record<string, number> = Object.fromEntries(hard.map((resource) => [resource, 0]));
  const isCounted = (kind: Kind): boolean =>
    qualified(kind) === 'pods' || hard.includes(`count/${qualified(kind)}`) || hard.includes(kind.plural);
  for (const kind of store.kinds.all.filter((each) => each.namespaced && isCounted(each))) {
    for (const { object } of store.entries(kind, metadata.namespace)) {
      const usage = isInScope({ spec }, kind, object) ? usageOf(kind, object) : {};
      for (const resource of hard) {
        used[resource] = (used[resource] ?? 0) + (usage[resource] ?? 0);
      }
    }
  }
  return used;
}

/** The amounts as `status.used` has them. */
export function usedQuantities(store: Store, quota: QuotaObject): Readonly<Record<string, string>> {
  const amounts = Object.entries(usedOf(store, quota));
  return Object.fromEntries(amounts.map(([resource, amount]) => [resource, quantityOf(amount, isBinary(resource))]));
}

function usageOf(kind: Kind, object: SeedObject): Readonly<Record<string, number>> {
  const counts = {
    [`count/${qualified(kind)}`]: 1,
    ...(kind.group === '' && plainNames.has(kind.plural) ? { [kind.plural]: 1 } : {}),
  };
  if (qualified(kind) !== 'pods') {
    return counts;
  }
  const pod = object as unknown as Pod;
  if (pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed') {
    return { 'count/pods': 1 };
  }
  const sums = (of: 'requests' | 'limits'): readonly (readonly [string, number])[] => {
    const names = new Set(all(pod).flatMap((each) => Object.keys(each.resources?.[of] ?? {})));
    return [...names].map((name) => [name, podAmount(pod, of, name)]);
  };
  const requests = sums('requests');
  return {
    ...counts,
    ...Object.fromEntries(requests.filter(([name]) => name === 'cpu' || name === 'memory')),
    ...Object.fromEntries(requests.map(([name, amount]) => [`requests.${name}`, amount])),
    ...Object.fromEntries(sums('limits').map(([name, amount]) => [`limits.${name}`, amount])),
  };
}

/** Containers run together; what comes before them runs one at a time, unless it stays. */
function podAmount({ spec }: Pod, of: 'requests' | 'limits', name: string): number {
  const amount = ({ resources }: ContainerSpec): number => quantity(resources?.[of]?.[name] ?? '0');
  const staying = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  const passing = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy !== 'Always');
  const together = [...spec.containers, ...staying].reduce((sum, each) => sum + amount(each), 0);
  return Math.max(together, ...passing.map(amount));
}

/** `requests.cpu for: odoo; limits.cpu for: odoo`: what a quota limits must be said by every container. */
function unsaid(pod: Pod, hard: Readonly<Record<string, string>>): string {
  const said = Object.keys(hard)
    .toSorted()
    .flatMap((resource) => {
      const [of, name] = resource === 'cpu' || resource === 'memory' ? ['requests', resource] : resource.split('.');
      if ((of !== 'requests' && of !== 'limits') || (name !== 'cpu' && name !== 'memory')) {
        return [];
      }
      const silent = all(pod).filter((each) => each.resources?.[of]?.[name] === undefined);
      return silent.length === 0 ? [] : [`${resource} for: ${silent.map((each) => each.name).join(',')}`];
    });
  return said.join('; ');
}

function all({ spec }: Pod): readonly ContainerSpec[] {
  return [...spec.containers, ...(spec.initContainers ?? [])];
}

function isInScope({ spec }: Pick<QuotaObject, 'spec'>, kind: Kind, object: SeedObject): boolean {
  const { scopes = [] } = spec;
  if (scopes.length === 0) {
    return true;
  }
  if (qualified(kind) !== 'pods') {
    return false;
  }
  const pod = object as unknown as Pod;
  const isTerminating = pod.spec['activeDeadlineSeconds'] !== undefined;
  const isBestEffort = all(pod).every(
    ({ resources }) => resources?.requests === undefined && resources?.limits === undefined,
  );
  const held: Readonly<Record<string, boolean>> = {
    Terminating: isTerminating,
    NotTerminating: !isTerminating,
    BestEffort: isBestEffort,
    NotBestEffort: !isBestEffort,
  };
  return scopes.every((scope) => held[scope] ?? false);
}

function isBinary(resource: string): boolean {
  return resource.endsWith('memory') || resource.endsWith('storage');
}
