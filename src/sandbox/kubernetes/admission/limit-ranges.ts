import type { ContainerSpec, PodSpec } from '../shapes.ts';
import type { Store } from '../store/store.ts';
import type { SeedObject, StoredObject } from '../types.ts';

type Quantities = Readonly<Record<string, string>>;

interface LimitRange extends StoredObject {
  readonly spec: {
    readonly limits?: readonly {
      readonly type: string;
      readonly default?: Quantities;
      readonly defaultRequest?: Quantities;
    }[];
  };
}

/** A pod with the requests and limits that its namespace's LimitRanges give to containers that name none. */
export function withLimitDefaults(store: Store, pod: SeedObject): SeedObject {
  const kind = store.kinds.of('v1', 'LimitRange');
  const ranges = kind === undefined ? [] : store.entries(kind, pod.metadata.namespace);
  const limits = ranges
    .flatMap(({ object }) => (object as LimitRange).spec.limits ?? [])
    .filter(({ type }) => type === 'Container');
  if (limits.length === 0) {
    return pod;
  }
  const defaultLimits: Quantities = Object.assign({}, ...limits.map((each) => each.default));
  const defaultRequests: Quantities = Object.assign({}, defaultLimits, ...limits.map((each) => each.defaultRequest));
  const filled = (container: ContainerSpec): ContainerSpec => {
    const given = container.resources ?? {};
    const limitsNow = { ...defaultLimits, ...given.limits };
    const requests = { ...defaultRequests, ...given.limits, ...given.requests };
    return {
      ...container,
      resources: {
        ...given,
        ...(Object.keys(limitsNow).length === 0 ? {} : { limits: limitsNow }),
        ...(Object.keys(requests).length === 0 ? {} : { requests }),
      },
    };
  };
  const spec = pod.spec as PodSpec;
  return {
    ...pod,
    spec: {
      ...spec,
      containers: spec.containers.map(filled),
      ...(spec.initContainers === undefined ? {} : { initContainers: spec.initContainers.map(filled) }),
    },
  };
}
