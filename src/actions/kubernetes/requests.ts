import { type Foreign, object, objects } from '#systems/kubernetes/foreign.ts';
import { quantity } from '#text/quantity.ts';

/** What a pod asks of a node: cores and bytes. */
export interface Requests {
  readonly cpu: number;
  readonly memory: number;
}

/**
 * The request of a pod's spec: all containers and sidecars together, or its largest init container, and its overhead
 * (facts: gitops.md §3.5).
 */
export function requestsOf(spec: Foreign): Requests {
  const inits = objects(spec['initContainers']);
  const sidecars = inits.filter(({ restartPolicy }) => restartPolicy === 'Always');
  const first = inits.filter(({ restartPolicy }) => restartPolicy !== 'Always');
  const of = (resource: keyof Requests): number => {
    const asked = (container: Foreign) => quantity(object(object(container['resources'])['requests'])[resource]);
    const sum = [...objects(spec['containers']), ...sidecars].reduce((total, each) => total + asked(each), 0);
    return Math.max(sum, ...first.map(asked)) + quantity(object(spec['overhead'])[resource]);
  };
  return { cpu: of('cpu'), memory: of('memory') };
}

/** The limits of all containers together, for quotas that count these. */
export function limitsOf(spec: Foreign): Requests {
  const sum = (resource: keyof Requests): number =>
    objects(spec['containers']).reduce(
      (total, container) => total + quantity(object(object(container['resources'])['limits'])[resource]),
      0,
    );
  return { cpu: sum('cpu'), memory: sum('memory') };
}
