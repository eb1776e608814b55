import { describe, expect, it } from 'vitest';
import type { Action } from '#actions/action.ts';
import { action as maintenanceDefinition } from '#actions/definitions/maintenance.ts';
import { action as throttleDefinition } from '#actions/definitions/throttle.ts';
import { parseRule } from '#sandbox/front/rule.ts';
import type { SandboxKubernetes, SeedObject } from '#sandbox/kubernetes/types.ts';
import { actingWorld, namespace, odoo } from './world.ts';

const maintenance = maintenanceDefinition as unknown as Action;
const throttle = throttleDefinition as unknown as Action;
const host = 'maple-toys.example.com';

const route: SeedObject = {
  apiVersion: 'traefik.io/v1alpha1',
  kind: 'IngressRoute',
  metadata: { name: 'odoo', namespace },
  spec: {
    entryPoints: ['web'],
    routes: [
      {
        kind: 'Rule',
        match: `Host(\`${host}\`) && PathPrefix(\`/web/database\`)`,
        middlewares: [{ name: 'deny-all' }],
        services: [{ name: 'odoo-web', port: 8069 }],
      },
      { kind: 'Rule', match: `Host(\`${host}\`)`, services: [{ name: 'odoo-web', port: 8069 }] },
    ],
  },
};
const page: SeedObject = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'till-maintenance', namespace },
  spec: { ports: [{ port: 80 }] },
};
const looking = () => ({ signal: AbortSignal.timeout(5000), deadline: 0, progress: () => undefined });

interface Routes {
  readonly routes?: readonly {
    readonly match: string;
    readonly priority?: number;
    readonly services?: readonly { readonly name: string }[];
  }[];
}

/** Where Traefik would lead: of the rules that match, that of the highest priority, the longest by default. */
function reachOf(kubernetes: Pick<SandboxKubernetes, 'list'>, path: string): 'pod' | 'maintenance' | 'nowhere' {
  const [rule] = kubernetes
    .list('IngressRoute', namespace)
    .flatMap(({ spec }) => (spec as Routes).routes ?? [])
    .filter(({ match }) => parseRule(match)?.({ host, path, method: 'GET' }))
    .toSorted((a, b) => (b.priority ?? b.match.length) - (a.priority ?? a.match.length));
  if (rule === undefined) {
    return 'nowhere';
  }
  return rule.services?.[0]?.name === 'till-maintenance' ? 'maintenance' : 'pod';
}

describe('maintenance', () => {
  it('leads users to the page, lets the probe pass, and lets users in again', async () => {
    const world = await actingWorld({ seed: [odoo(), route, page] });
    expect(reachOf(world.kubernetes, '/web/login')).toBe('pod');
    const params = maintenance.parse({ state: 'on' });
    const plan = await world.plan(maintenance, params);
    expect(plan).toMatchObject({ danger: 'severe', blockers: [], objects: [{ uid: null }] });
    expect(await maintenance.dryRun?.(plan, params, world.context)).toBe('ok');
    const on = await world.perform(maintenance, params);
    expect(on).toMatchObject({ status: 'ok', message: 'the maintenance route is there' });
    expect(reachOf(world.kubernetes, '/web/login')).toBe('maintenance');
    expect(reachOf(world.kubernetes, '/web/health')).toBe('pod');
    expect(await maintenance.find?.(on.plan, params, { ...world.context, ...looking() }, on.operation)).toBe('applied');
    expect((await world.plan(maintenance, params)).blockers).toMatchObject([
      { reason: `${host} is in maintenance already` },
    ]);
    const off = await world.perform(maintenance, on.plan.undo?.params ?? {});
    expect(off).toMatchObject({ status: 'ok', plan: { danger: 'moderate' } });
    expect(reachOf(world.kubernetes, '/web/login')).toBe('pod');
  });

  it('is blocked where there is no page to lead to', async () => {
    const world = await actingWorld({ seed: [odoo(), route] });
    expect((await world.plan(maintenance, maintenance.parse({ state: 'on' }))).blockers).toMatchObject([
      { by: 'Service maple-toys/till-maintenance' },
    ]);
  });
});

describe('throttle', () => {
  it('puts a limit on each route of the host beside what stands there, and takes it away again', async () => {
    const world = await actingWorld({ seed: [odoo(), route] });
    const params = throttle.parse({ state: 'on', requests: '12' });
    const plan = await world.plan(throttle, params);
    expect(await throttle.dryRun?.(plan, params, world.context)).toBe('ok');
    const on = await world.perform(throttle, params);
    expect(on).toMatchObject({ status: 'ok' });
    const middleware = { kind: 'Middleware', namespace, name: 'till-throttle-maple-toys' };
    expect(world.kubernetes.get(middleware)?.spec).toEqual({
      inFlightReq: { amount: 12, sourceCriterion: { requestHost: true } },
    });
    const routes = () =>
      (world.kubernetes.get({ kind: 'IngressRoute', namespace, name: 'odoo' })?.spec ?? {}) as object;
    expect(routes()).toMatchObject({
      routes: [
        { middlewares: [{ name: 'deny-all' }, { name: 'till-throttle-maple-toys' }] },
        { middlewares: [{ name: 'till-throttle-maple-toys' }] },
      ],
    });
    expect(await throttle.find?.(on.plan, params, { ...world.context, ...looking() }, on.operation)).toBe('applied');
    const off = await world.perform(throttle, on.plan.undo?.params ?? {});
    expect(off).toMatchObject({ status: 'ok' });
    expect(world.kubernetes.get(middleware)).toBeUndefined();
    expect(routes()).toEqual(route.spec);
  });

  it('is blocked where Git owns the routes', async () => {
    const owned = { ...route, metadata: { ...route.metadata, labels: { 'argocd.argoproj.io/instance': 'maple' } } };
    const world = await actingWorld({ seed: [odoo(), owned] });
    expect((await world.plan(throttle, throttle.parse({ state: 'on' }))).blockers).toMatchObject([
      { by: 'Argo CD maple' },
    ]);
  });
});
