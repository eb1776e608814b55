import { number, object, objects } from '#systems/kubernetes/foreign.ts';
import { ReadFailure } from '#systems/source.ts';
import { exitCodes, TillError } from '#text/till-error.ts';
import type { Action, ActWorld, PlanRequest, Verdict } from '../action.ts';
import { checkedByServer } from '../kubernetes/dry-run.ts';
import { findStamp } from '../kubernetes/find-stamp.ts';
import { maintenanceName, maintenanceRoute, maintenanceService } from '../kubernetes/maintenance-route.ts';
import { collectionPath, labelOf, objectPath } from '../kubernetes/object-path.ts';
import { preconditionsOf, readPinned } from '../kubernetes/pinned.ts';
import { plannedObject } from '../kubernetes/planned-object.ts';
import { ownLabel, routesOf } from '../kubernetes/routes.ts';
import type { Plan, PlanDraft } from '../plan.ts';

interface Params {
  readonly state: 'on' | 'off';
  readonly service: string;
  readonly [key: string]: string;
}

/** A route of a higher priority than any other leads the host to a maintenance Service; nothing that is there is changed. */
export const action: Action<Params> = {
  name: 'maintenance',
  title: 'Maintenance',
  summary: 'Show users a maintenance page, or let them in again',
  examples: [
    { line: 'till maintenance on maple-toys --reason "restore"', note: 'users see a page; probes still reach Odoo' },
    { line: 'till maintenance off maple-toys', note: 'the route is taken away' },
  ],
  danger: 'moderate',
  target: 'tenants',
  deescalates: ({ state }) => state === 'off',
  writesToSystems: true,
  words: [{ name: 'state', choices: ['on', 'off'], summary: 'on or off' }],
  flags: [
    { name: 'service', value: 'NAME', summary: `the Service with the page; ${maintenanceService} when left out` },
  ],
  parse({ state, service }) {
    if (state !== 'on' && state !== 'off') {
      throw new TillError('maintenance is on or off', {
        exit: exitCodes.usage,
        reason: 'bad-value',
        next: 'till maintenance on TENANT',
      });
    }
    return { state, service: typeof service === 'string' ? service : maintenanceService };
  },
  plan: (request) => (request.params.state === 'on' ? planOn(request) : planOff(request)),
  dryRun: (plan, { state }, world) => {
    const [route] = plan.objects;
    return checkedByServer(
      route === undefined
        ? []
        : state === 'on'
          ? [
              {
                cluster: route.cluster ?? '',
                method: 'POST' as const,
                path: collectionPath('IngressRoute', route.namespace ?? ''),
                body: bodyIn(plan),
                contentType: 'application/json',
              },
            ]
          : [
              {
                cluster: route.cluster ?? '',
                method: 'DELETE' as const,
                path: objectPath(route),
                body: { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid: route.uid } },
                contentType: 'application/json',
              },
            ],
      world,
    );
  },
  steps: (plan, { state }) =>
    plan.objects.slice(0, 1).map((route) => ({
      name: `maintenance-${state}`,
      words: state === 'on' ? 'leading users to the maintenance page' : 'letting users in again',
      async run(operation, world) {
        const writer = await world.clusterWriter(route.cluster ?? '');
        if (state === 'off') {
          await writer.remove(operation, preconditionsOf(route, await readPinned(route, world)));
          return { object: labelOf(route) };
        }
        const written = await writer.create(
          operation,
          collectionPath('IngressRoute', route.namespace ?? ''),
          bodyIn(plan),
        );
        return { object: labelOf(route), uid: written.uid, resourceVersion: written.resourceVersion };
      },
    })),
  verify: (plan, { state }, world) => verify(plan, state, world),
  find: (plan, _params, world, operation) => findStamp(plan, world, operation),
};

async function planOn({ params, tenant, world }: PlanRequest<Params>): Promise<PlanDraft> {
  const place = await routesOf(tenant, world);
  const { namespace, host, routes, clusterName } = place;
  const tenantName = tenant?.name ?? '';
  const name = maintenanceName(tenantName);
  const service = await place.find('Service', params.service);
  const port = number(objects(object(service?.['spec'])['ports'])[0]?.['port'], 80);
  const planned = plannedObject(
    { kind: 'IngressRoute', namespace, name, uid: null },
    { cluster: clusterName, tenant: tenantName },
    null,
  );
  const isOn = routes.some((route) => route.name === name);
  const body = maintenanceRoute(tenantName, place, { name: params.service, port });
  return {
    objects: [planned],
    changes: [{ object: labelOf(planned), field: 'spec', before: null, after: JSON.stringify(body), owner: null }],
    blockers: [
      ...(isOn
        ? [
            {
              by: labelOf(planned),
              reason: `${host} is in maintenance already`,
              until: null,
              wayOut: `till maintenance off ${tenantName}`,
            },
          ]
        : []),
      ...(service === null
        ? [
            {
              by: `Service ${namespace}/${params.service}`,
              reason: 'there is no such Service to lead users to',
              until: null,
              wayOut: 'make a Service with a maintenance page there, or name another with --service',
            },
          ]
        : []),
    ],
    warnings: [
      `users of ${host} see the page of ${params.service}; open websockets stay until they close`,
      'kubelet probes the pods directly, and /web/health still leads to Odoo; the login page and websocket signals will not',
      ...(routes.length === 0 ? [`no route leads from ${host} now`] : []),
    ],
    equivalents: [`kubectl -n ${namespace} create -f - <<< '${JSON.stringify(body)}'`],
    undo: { action: 'maintenance', params: { ...params, state: 'off' }, words: 'let users in again' },
    danger: 'severe',
    expectedSeconds: 5,
  };
}

async function planOff({ params, tenant, world }: PlanRequest<Params>): Promise<PlanDraft> {
  const { namespace, routes, clusterName, host } = await routesOf(tenant, world);
  const tenantName = tenant?.name ?? '';
  const route = routes.find(
    ({ name, labels }) => name === maintenanceName(tenantName) && labels[ownLabel] === 'maintenance',
  );
  if (route === undefined) {
    throw new TillError(`${tenantName} is not in maintenance by till`, {
      exit: exitCodes.usage,
      reason: 'not-in-maintenance',
      target: tenantName,
      next: `till maintenance on ${tenantName}`,
    });
  }
  const planned = plannedObject(
    { ...route, kind: 'IngressRoute' },
    { cluster: clusterName, tenant: tenantName },
    route.generation,
  );
  return {
    objects: [planned],
    changes: [
      {
        object: labelOf(planned),
        field: 'spec',
        before: `leads ${host} to ${params.service}`,
        after: null,
        owner: null,
      },
    ],
    equivalents: [`kubectl -n ${namespace} delete ingressroute/${route.name}`],
    undo: { action: 'maintenance', params: { ...params, state: 'on' }, words: 'show the page again' },
    expectedSeconds: 5,
  };
}

/** What was agreed to is what is created, to the letter. */
function bodyIn({ changes }: Pick<Plan, 'changes'>): object {
  return object(JSON.parse(String(changes[0]?.after ?? '{}')));
}

async function verify({ objects: planned }: Plan, state: Params['state'], world: ActWorld): Promise<Verdict> {
  const [route] = planned;
  const cluster = await world.cluster(route?.cluster ?? '');
  const isThere = await cluster.get(route === undefined ? '' : objectPath(route)).then(
    () => true,
    (error: unknown) => {
      if (error instanceof ReadFailure && error.code === '404') {
        return false;
      }
      throw error;
    },
  );
  const words = isThere ? 'the maintenance route is there' : 'the maintenance route is gone';
  return { status: isThere === (state === 'on') ? 'ok' : 'unknown', message: words, after: state };
}
