import { isDeepStrictEqual } from 'node:util';
import { number, object, text } from '#systems/kubernetes/foreign.ts';
import { exitCodes, TillError } from '#text/till-error.ts';
import type { Action, ActWorld, PlanRequest, Verdict } from '../action.ts';
import { type Asked, checkedByServer } from '../kubernetes/dry-run.ts';
import { findStamp } from '../kubernetes/find-stamp.ts';
import { collectionPath, labelOf, objectPath } from '../kubernetes/object-path.ts';
import { plannedObject } from '../kubernetes/planned-object.ts';
import { ownLabel, routesOf } from '../kubernetes/routes.ts';
import { middleware, middlewareStep, routePart, routeStep, routesPatch } from '../kubernetes/throttle-route.ts';
import type { Plan, PlanDraft } from '../plan.ts';

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
    .map((route) => routePart(route, name, state, place.host, where, place.git))
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
