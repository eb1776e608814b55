import { isDeepStrictEqual } from 'node:util';
import { type Foreign, object, objects } from '#systems/kubernetes/foreign.ts';
import { WriteFailure } from '#systems/write-failure.ts';
import type { Step } from '../action.ts';
import type { Change, PlanObject } from '../plan.ts';
import type { GitSources } from './git/sources.ts';
import { collectionPath, labelOf } from './object-path.ts';
import { ownershipOf } from './owner-blocker.ts';
import { preconditionsOf, readPinned } from './pinned.ts';
import { plannedObject } from './planned-object.ts';
import { leadsFrom, ownLabel, type Route } from './routes.ts';

/** What an IngressRoute would say with the limit, or without it. */
export function routePart(
  route: Route,
  name: string,
  state: 'on' | 'off',
  host: string,
  where: { readonly cluster: string; readonly tenant: string },
  git: GitSources,
) {
  const planned = plannedObject({ ...route, kind: 'IngressRoute' }, where, route.generation);
  const label = labelOf(planned);
  const rules = route.rules.map((rule) => (leadsFrom(rule, host) ? throttledRule(rule, name, state) : rule));
  const { owner, blockers, warnings } = ownershipOf(route.held, label, 'spec.routes', `with ${name}`, git);
  const change: Change = {
    object: label,
    field: 'spec.routes',
    before: JSON.stringify(route.rules),
    after: JSON.stringify(rules),
    owner,
  };
  return { planned, change, blockers, warnings, isChanged: !isDeepStrictEqual(rules, route.rules) };
}

function throttledRule(rule: Foreign, name: string, state: 'on' | 'off'): Foreign {
  const others = objects(rule['middlewares']).filter((each) => each['name'] !== name);
  const middlewares = state === 'on' ? [...others, { name }] : others;
  const { middlewares: _, ...rest } = rule;
  return middlewares.length === 0 ? rest : { ...rest, middlewares };
}

/** Traefik's own object with the limit. */
export function middleware({ namespace, name }: PlanObject, amount: number): object {
  return {
    apiVersion: 'traefik.io/v1alpha1',
    kind: 'Middleware',
    metadata: { name, namespace, labels: { [ownLabel]: 'throttle' } },
    // By host: over all users together, not each by their address.
    spec: { inFlightReq: { amount, sourceCriterion: { requestHost: true } } },
  };
}

/** What is sent: the whole list, because a merge patch knows no single rule. */
export function routesPatch(
  route: PlanObject,
  changes: readonly Change[],
): { readonly spec: { readonly routes: unknown } } {
  const change = changes.find(({ object: label }) => label === labelOf(route));
  return { spec: { routes: JSON.parse(String(change?.after ?? '[]')) } };
}

export function middlewareStep(planned: PlanObject, state: 'on' | 'off', requests: number): Step {
  return {
    name: `throttle-${state}`,
    words: state === 'on' ? `limiting to ${requests} at a time` : 'taking the limit away',
    async run(operation, world) {
      const writer = await world.clusterWriter(planned.cluster ?? '');
      if (planned.uid === null) {
        const path = collectionPath('Middleware', planned.namespace ?? '');
        const { uid, resourceVersion } = await writer.create(operation, path, middleware(planned, requests));
        return { object: labelOf(planned), uid, resourceVersion };
      }
      const target = preconditionsOf(planned, await readPinned(planned, world));
      if (state === 'off') {
        await writer.remove(operation, target);
        return { object: labelOf(planned) };
      }
      const { uid, resourceVersion } = await writer.mergePatch(operation, target, {
        spec: { inFlightReq: { amount: requests } },
      });
      return { object: labelOf(planned), uid, resourceVersion };
    },
  };
}

export function routeStep(route: PlanObject, changes: readonly Change[]): Step {
  return {
    name: `route-${route.name}`,
    words: `routing ${route.name}`,
    async run(operation, world) {
      const held = await readPinned(route, world);
      const planned = changes.find(({ object: label }) => label === labelOf(route));
      if (JSON.stringify(object(held['spec'])['routes']) !== planned?.before) {
        throw new WriteFailure('refused', `${route.name} routes otherwise now`, '409', true);
      }
      const writer = await world.clusterWriter(route.cluster ?? '');
      const target = preconditionsOf(route, held);
      const { uid, resourceVersion } = await writer.mergePatch(operation, target, routesPatch(route, changes));
      return { object: labelOf(route), uid, resourceVersion };
    },
  };
}
