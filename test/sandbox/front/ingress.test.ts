import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Ingress, ingressOf } from '#sandbox/front/ingress.ts';
import { startKubernetes } from '#sandbox/kubernetes/open.ts';
import type { SandboxKubernetes, SeedObject } from '#sandbox/kubernetes/types.ts';
import { estateObjects } from '#sandbox/objects/estate-objects.ts';
import { sandboxTenants } from '#sandbox/tenants.ts';
import { systemClock } from '#text/clock.ts';

const host = 'maple-toys.sandbox.localhost';

describe('the ingress of the sandbox', () => {
  let folder: string;
  let kubernetes: SandboxKubernetes;
  let ingress: Ingress;
  const seed = estateObjects(sandboxTenants(4), Date.now());
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'till-test-'));
    kubernetes = await startKubernetes({ folder, seed, clock: systemClock });
  });
  beforeEach(() => {
    ingress = ingressOf(kubernetes, 0);
    const route = seed.find(({ kind, metadata }) => kind === 'IngressRoute' && metadata.namespace === 'maple-toys');
    kubernetes.apply(route as SeedObject);
  });
  afterAll(async () => {
    await kubernetes?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const pass = (path: string, as = host) => ingress.pass({ host: as, path, method: 'GET' }, '127.0.0.1');
  const route = (spec: unknown): SeedObject => ({
    apiVersion: 'traefik.io/v1alpha1',
    kind: 'IngressRoute',
    metadata: { name: 'odoo', namespace: 'maple-toys' },
    spec,
  });
  const middleware = (spec: unknown): SeedObject => ({
    apiVersion: 'traefik.io/v1alpha1',
    kind: 'Middleware',
    metadata: { name: 'till-throttle', namespace: 'maple-toys' },
    spec,
  });
  const services = [{ name: 'odoo-web', port: 8069 }];
  const throttled = { routes: [{ match: `Host(\`${host}\`)`, services, middlewares: [{ name: 'till-throttle' }] }] };

  it('leads each Host to the pods of its tenant', () => {
    expect(pass('/web/login')).toMatchObject({
      to: 'pods',
      labels: { 'app.kubernetes.io/name': 'odoo', 'app.kubernetes.io/instance': 'maple-toys' },
    });
    expect(pass('/web/login', 'kaffe-te.sandbox.localhost')).toMatchObject({
      labels: { 'app.kubernetes.io/instance': 'pool-a' },
    });
  });

  it('turns everybody away from the database manager, by the longer rule', () => {
    expect(pass('/web/database/manager')).toEqual({ to: 'nobody', status: 403, body: 'Forbidden' });
  });

  it('knows no route for a Host that no object names', () => {
    expect(pass('/', 'nobody.sandbox.localhost')).toMatchObject({ to: 'nobody', status: 404 });
    kubernetes.remove({ kind: 'IngressRoute', namespace: 'maple-toys', name: 'odoo' });
    expect(pass('/web/login')).toMatchObject({ to: 'nobody', status: 404 });
  });

  it('follows a route that is switched to the maintenance page, and a priority over the longer rule', () => {
    const page = [{ name: 'maintenance-page', namespace: 'edge', port: 80 }];
    kubernetes.apply(
      route({
        routes: [
          { match: `Host(\`${host}\`) && PathPrefix(\`/\`)`, services },
          { match: `Host(\`${host}\`)`, priority: 1000, services: page },
        ],
      }),
    );
    expect(pass('/shop')).toMatchObject({ to: 'pods', labels: { 'app.kubernetes.io/name': 'maintenance-page' } });
  });

  it('lets so many in at once and no more, and again when one has left', () => {
    kubernetes.apply(middleware({ inFlightReq: { amount: 2 } }));
    kubernetes.apply(route(throttled));
    const [one, two, three] = [pass('/shop'), pass('/shop'), pass('/shop')];
    expect([one.to, two.to]).toEqual(['pods', 'pods']);
    expect(three).toMatchObject({ to: 'nobody', status: 429 });
    if (one.to === 'pods') {
      one.done();
    }
    expect(pass('/shop').to).toBe('pods');
  });

  it('lets so many in a second, with a burst, and says when to come back', () => {
    kubernetes.apply(
      middleware({ rateLimit: { average: 1, period: '1m', burst: 3, sourceCriterion: { requestHost: true } } }),
    );
    kubernetes.apply(route(throttled));
    expect(Array.from({ length: 3 }, () => pass('/shop').to)).toEqual(['pods', 'pods', 'pods']);
    expect(pass('/shop')).toMatchObject({ status: 429, headers: { 'retry-after': expect.stringMatching(/^\d+$/) } });
  });

  it('leaves out a router whose middleware is not there, or whose rule cannot be read', () => {
    kubernetes.remove({ kind: 'Middleware', namespace: 'maple-toys', name: 'till-throttle' });
    kubernetes.apply(route(throttled));
    expect(pass('/shop')).toMatchObject({ to: 'nobody', status: 404 });
    kubernetes.apply(route({ routes: [{ match: 'Host(`maple-toys.sandbox.localhost`', services }] }));
    expect(pass('/shop')).toMatchObject({ to: 'nobody', status: 404 });
    kubernetes.apply(route({ routes: [{ match: 'HostRegexp(`maple[`)', services }] }));
    expect(pass('/shop')).toMatchObject({ to: 'nobody', status: 404 });
  });

  it('has no server where a Service leads to no ready pod', () => {
    const labels = { 'app.kubernetes.io/instance': 'maple-toys', 'app.kubernetes.io/component': 'web' };
    kubernetes.setPodBehaviour({ namespace: 'maple-toys', labels }, { notReady: {} });
    expect(pass('/shop')).toMatchObject({ to: 'nobody', status: 503, body: 'no available server\n' });
    kubernetes.setPodBehaviour({ namespace: 'maple-toys', labels }, null);
  });
});

describe('a rule', () => {
  it('reads negation, alternatives and parentheses as Traefik does', async () => {
    const { parseRule } = await import('#sandbox/front/rule.ts');
    const rule = parseRule('(Host(`a.example`) || Host(`B.example`, `c.example`)) && !PathPrefix(`/admin`)');
    const says = (name: string, path: string) => rule?.({ host: name, path, method: 'GET' });
    expect([says('a.example', '/'), says('b.example', '/x'), says('c.example', '/')]).toEqual([true, true, true]);
    expect([says('a.example', '/admin/x'), says('d.example', '/')]).toEqual([false, false]);
    expect(parseRule('Host(`a`) &&')).toBeNull();
    expect(parseRule('Nonsense(`a`)')).toBeNull();
    expect(parseRule('')).toBeNull();
  });
});
