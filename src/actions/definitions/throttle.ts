import { isDeepStrictEqual } from 'node:util';
import { type Foreign, number, object, objects, text } from '#systems/kubernetes/foreign.ts';
import { WriteFailure } from '#systems/write-failure.ts';
import { exitCodes, TillError } from '#text/till-error.ts';
import type { Action, ActWorld, PlanRequest, Step, Verdict } from '../action.ts';
import { type Asked, checkedByServer } from '../kubernetes/dry-run.ts';
import { findStamp } from '../kubernetes/find-stamp.ts';
import { collectionPath, labelOf, objectPath } from '../kubernetes/object-path.ts';
import { ownershipOf } from '../kubernetes/owner-blocker.ts';
import { preconditionsOf, readPinned } from '../kubernetes/pinned.ts';
import { plannedObject } from '../kubernetes/planned-object.ts';
import { leadsFrom, ownLabel, type Route, routesOf } from '../kubernetes/routes.ts';
import type { Change, Plan, PlanDraft, PlanObject } from '../plan.ts';

interface Params {
  readonly state: 'on' | 'off';
  readonly requests: number;
  readonly [key: string]: string | number;
}

const middlewareName = (tenant: string): string => `till-throttle-${tenant}`;
const usual = 20;

/** At most so many requests of a host at a time; one more is answered 429 at the edge and takes no worker. */
export const action: Action<Params> = {
  name: 'throttle',
  title: 'Throttle',
  summary: 'Let only so many requests of a tenant in at a time, or all again',
  examples: [
    { line: 'till throttle on maple-toys --requests 12', note: 'as many at a time as there are workers' },
    { line: 'till throttle off maple-toys', note: 'no limit again' },
  ],
  danger: 'moderate',
  target: 'tenants',
  deescalates: ({ state }) => state === 'off',
  writesToSystems: true,
  words: [{ name: 'state', choices: ['on', 'off'], summary: 'on or off' }],
  flags: [{ name: 'requests', value: 'N', summary: `at a time, over all users; ${usual} when left out` }],
  parse({ state, requests }) {
    const count = typeof requests === 'string' ? Number(requests) : usual;
    if ((state !== 'on' && state !== 'off') || !Number.isInteger(count) || count < 1 || count > 10_000) {
      throw new TillError('throttle is on or off, with --requests from 1 to 10000', {
        exit: exitCodes.usage,
        reason: 'bad-value',
        next: 'till throttle on TENANT --requests 12',
      });
    }
    return { state, requests: count };
  },
  plan,
  dryRun: ({ objects: planned, changes }, { state, requests }, world) =>
    checkedByServer(
      planned.flatMap((each): readonly Asked[] =>
        each.kind === 'Middleware'
          ? state === 'on' && each.uid === null
            ? [
                {
                  cluster: each.cluster ?? '',
                  method: 'POST' as const,
                  path: collectionPath('Middleware', each.namespace ?? ''),
                  body: middleware(each, requests),
                  contentType: 'application/json',
                },
              ]
            : []
          : [{ cluster: each.cluster ?? '', path: objectPath(each), body: routesPatch(each, changes) }],
      ),
      world,
    ),
  steps: ({ objects: planned, changes }, { state, requests }) => {
    const referring = planned.filter(({ kind }) => kind === 'IngressRoute').map((route) => routeStep(route, changes));
    const limit = planned
      .filter(({ kind }) => kind === 'Middleware')
      .map((each) => middlewareStep(each, state, requests));
    // What refers to a Middleware that is not there leads nowhere, so it comes first and goes last.
    return state === 'on' ? [...limit, ...referring] : [...referring, ...limit];
  },
  verify,
  find: (planned, _params, world, operation) => findStamp(planned, world, operation),
};

async function plan({ params, tenant, world }: PlanRequest<Params>): Promise<PlanDraft> {
  const { state, requests } = params;
  const place = await routesOf(tenant, world);
  const where = { cluster: place.clusterName, tenant: tenant?.name ?? '' };
  const name = middlewareName(where.tenant);
  const held = await place.find('Middleware', name);
  const isOn = held !== null;
  if (!isOn && state === 'off') {
    throw new TillError(`${where.tenant} is not throttled by till`, {
      exit: exitCodes.usage,
      reason: 'not-throttled',
      target: where.tenant,
      next: `till throttle on ${where.tenant}`,
    });
  }
  const metadata = object(held?.['metadata']);
  const limit = plannedObject(
    { kind: 'Middleware', namespace: place.namespace, name, uid: isOn ? text(metadata['uid']) : null },
    where,
    typeof metadata['generation'] === 'number' ? metadata['generation'] : null,
  );
  const before = isOn ? number(object(object(held['spec'])['inFlightReq'])['amount']) : null;
  const after = state === 'on' ? requests : null;
  const routes = place.routes
    .filter(({ labels }) => labels[ownLabel] === undefined)
    .map((route) => routePart(route, name, state, place.host, where))
    .filter(({ isChanged }) => isChanged);
  const field = 'spec.inFlightReq.amount';
  return {
    objects: [limit, ...routes.map(({ planned }) => planned)],
    changes: [
      ...(before === after ? [] : [{ object: labelOf(limit), field, before, after, owner: null }]),
      ...routes.map(({ change }) => change),
    ],
    blockers: [
      ...routes.flatMap(({ blockers }) => blockers),
      ...(place.routes.length === 0
        ? [
            {
              by: `host ${place.host}`,
              reason: `no IngressRoute of ${place.namespace} leads from it`,
              until: null,
              wayOut: null,
            },
          ]
        : []),
    ],
    warnings: [
      ...(state === 'on' ? [`more than ${requests} requests at a time are answered 429, tills among them`] : []),
      ...routes.flatMap(({ warnings }) => warnings),
    ],
    equivalents: [
      state === 'on'
        ? `kubectl -n ${place.namespace} create -f - <<< '${JSON.stringify(middleware(limit, requests))}'`
        : `kubectl -n ${place.namespace} delete middleware/${name}`,
      ...routes.map(
        ({ planned, change }) =>
          `kubectl -n ${place.namespace} patch ingressroute/${planned.name} --type=merge -p '{"spec":{"routes":${String(change.after)}}}'`,
      ),
    ],
    undo:
      before === null
        ? { action: 'throttle', params: { ...params, state: 'off' }, words: 'let all requests in again' }
        : {
            action: 'throttle',
            params: { state: 'on', requests: before },
            words: `${before} requests at a time again`,
          },
    expectedSeconds: 5,
  };
}

function routePart(
  route: Route,
  name: string,
  state: Params['state'],
  host: string,
  where: { readonly cluster: string; readonly tenant: string },
) {
  const planned = plannedObject({ ...route, kind: 'IngressRoute' }, where, route.generation);
  const label = labelOf(planned);
  const rules = route.rules.map((rule) => (leadsFrom(rule, host) ? throttledRule(rule, name, state) : rule));
  const { owner, blockers, warnings } = ownershipOf(route.held, label, 'spec.routes', `with ${name}`);
  const change: Change = {
    object: label,
    field: 'spec.routes',
    before: JSON.stringify(route.rules),
    after: JSON.stringify(rules),
    owner,
  };
  return { planned, change, blockers, warnings, isChanged: !isDeepStrictEqual(rules, route.rules) };
}

function throttledRule(rule: Foreign, name: string, state: Params['state']): Foreign {
  const others = objects(rule['middlewares']).filter((each) => each['name'] !== name);
  const middlewares = state === 'on' ? [...others, { name }] : others;
  const { middlewares: _, ...rest } = rule;
  return middlewares.length === 0 ? rest : { ...rest, middlewares };
}

function middleware({ namespace, name }: PlanObject, amount: number): object {
  return {
    apiVersion: 'traefik.io/v1alpha1',
    kind: 'Middleware',
    metadata: { name, namespace, labels: { [ownLabel]: 'throttle' } },
    // By host: over all users together, not each by their address.
    spec: { inFlightReq: { amount, sourceCriterion: { requestHost: true } } },
  };
}

function routesPatch(route: PlanObject, changes: readonly Change[]): { readonly spec: { readonly routes: unknown } } {
  const change = changes.find(({ object: label }) => label === labelOf(route));
  return { spec: { routes: JSON.parse(String(change?.after ?? '[]')) } };
}

function middlewareStep(planned: PlanObject, state: Params['state'], requests: number): Step {
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

function routeStep(route: PlanObject, changes: readonly Change[]): Step {
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

async function verify({ objects: planned, changes }: Plan, { state }: Params, world: ActWorld): Promise<Verdict> {
  for (const route of planned.filter(({ kind }) => kind === 'IngressRoute')) {
    const cluster = await world.cluster(route.cluster ?? '');
    const { routes } = object(object(await cluster.get(objectPath(route)))['spec']);
    // Compared as values: a server may give a custom object's fields back in another order.
    if (!isDeepStrictEqual(routes, routesPatch(route, changes).spec.routes)) {
      return { status: 'unknown', message: `${route.name} was written, and routes otherwise now` };
    }
  }
  return {
    status: 'ok',
    message: state === 'on' ? 'the routes have the limit' : 'no route has the limit',
    after: state,
  };
}
