import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ActWorld } from '#actions/action.ts';
import { serve } from '#actions/drills/serving/serve.ts';
import { servedBy, unserve } from '#actions/drills/serving/unserve.ts';
import { odooPods } from '#sandbox/front/serving.ts';
import { startKubernetes } from '#sandbox/kubernetes/open.ts';
import type { SandboxKubernetes, SeedObject } from '#sandbox/kubernetes/types.ts';
import { createDatabases } from '#sandbox/odoo/databases.ts';
import { createRoles } from '#sandbox/roles.ts';
import type { Login } from '#sandbox/sql.ts';
import { sandboxTenants } from '#sandbox/tenants.ts';
import type { ClusterReader } from '#systems/kubernetes/cluster.ts';
import { openCluster } from '#systems/kubernetes/open.ts';
import { openClusterWriter } from '#systems/kubernetes/open-writer.ts';
import { systemClock } from '#text/clock.ts';
import { startTestPostgres, type TestPostgres } from '../../servers.ts';
import { operation } from '../../systems/storage/world.ts';

const [harbour] = sandboxTenants(1).map((tenant) => ({ ...tenant, isLively: false }));
const place = { cluster: 'sandbox', namespace: 'till-drills', secret: 'recovery' };

let postgres: TestPostgres;
let odoo: Login;
let folder: string;
let kubernetes: SandboxKubernetes;
let cluster: ClusterReader;

beforeAll(async () => {
  postgres = await startTestPostgres();
  ({ odoo } = await createRoles(postgres, { server: ['CREATE ROLE till_monitor LOGIN'], database: [] }));
  const tenants = harbour === undefined ? [] : [harbour];
  await createDatabases({ superuser: postgres, odoo, tenants, seed: 1, grants: [], progress: () => undefined });
  folder = await mkdtemp(join(tmpdir(), 'till-serving-'));
  kubernetes = await startKubernetes({
    ...{ folder, clock: systemClock, pace: 20, serving: odooPods() },
    seed: [
      {
        apiVersion: 'v1',
        kind: 'Node',
        metadata: { name: 'node-1' },
        status: {
          allocatable: { cpu: '8', memory: '32Gi', pods: '50' },
          conditions: [{ type: 'Ready', status: 'True' }],
        },
      },
      namespace,
    ],
  });
  cluster = openCluster({ name: 'sandbox', kubeconfig: kubernetes.kubeconfigPath, context: 'till-sandbox-admin' });
}, 120_000);
afterAll(async () => {
  await cluster?.close();
  await kubernetes?.close();
  await postgres?.stop();
  await rm(folder, { recursive: true, force: true });
});

const namespace: SeedObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: place.namespace } };

function secretOf({ host, port, user, password }: Login): SeedObject {
  const data = { host, port: String(port), user, password };
  return {
    ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name: place.secret, namespace: place.namespace } },
    data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')])),
  };
}

let writes: string[] = [];
afterEach(() => {
  writes = [];
});

function world(signal = new AbortController().signal): ActWorld {
  const writer = openClusterWriter({
    ...{ name: 'sandbox', kubeconfig: kubernetes.kubeconfigPath, context: 'till-sandbox-admin', clock: systemClock },
  });
  return {
    ...{ clock: systemClock, signal, deadline: systemClock.monotonic() + 30_000, progress: () => undefined },
    cluster: async () => cluster,
    clusterWriter: async () => ({
      ...writer,
      create: (made, path, object) => {
        writes.push(`create ${path.split('/').at(-1)}`);
        return writer.create(made, path, object);
      },
      remove: (removed, target) => {
        writes.push(`remove ${target.path.split('/').at(-2)}`);
        return writer.remove(removed, target);
      },
    }),
  } as Partial<ActWorld> as ActWorld;
}

const request = () => ({
  ...place,
  ...{ operation: operation.id, tenant: 'harbour-shoes', host: harbour?.host ?? '' },
  ...{ database: harbour?.database ?? '', image: `registry.example.com/retail/odoo:${harbour?.series}.0` },
  way: { addresses: [postgres.host], port: postgres.port, isName: false },
});

const cleared = () => unserve(operation.id, place, operation, world());

describe('serving what a drill has restored', () => {
  afterEach(cleared);

  it('answers /web/login from that very database, and its log is looked through', async () => {
    kubernetes.apply(secretOf(odoo));
    const checks = await serve(request(), operation, world());
    expect(checks).toMatchObject([
      { check: 'serve', status: 'ok', message: expect.stringContaining('answered 200') },
      { check: 'log', status: 'ok' },
    ]);
  });

  it('closes the network before there is a pod, and opens it after there is none', async () => {
    kubernetes.apply(secretOf(odoo));
    await serve(request(), operation, world());
    await cleared();
    expect(writes).toEqual(['create networkpolicies', 'create pods', 'remove pods', 'remove networkpolicies']);
  });

  it('lets the pod reach the database and nothing else, and nothing reach the pod', async () => {
    kubernetes.apply(secretOf(odoo));
    await serve(request(), operation, world());
    const [policy] = kubernetes.list('NetworkPolicy', place.namespace);
    const [pod] = kubernetes.list('Pod', place.namespace);
    expect(policy?.spec).toEqual({
      podSelector: { matchLabels: { 'till.dev/operation': operation.id } },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [],
      egress: [
        {
          to: [{ ipBlock: { cidr: `${postgres.host}/32` } }],
          ports: [{ protocol: 'TCP', port: postgres.port }],
        },
      ],
    });
    expect(pod?.metadata.labels).toMatchObject({ 'till.dev/operation': operation.id });
    expect(pod?.spec).toMatchObject({ restartPolicy: 'Never', automountServiceAccountToken: false });
    expect(JSON.stringify(pod)).not.toContain(odoo.password);
  });

  it('fails where the database cannot be opened, and says what Odoo did', async () => {
    kubernetes.apply(secretOf({ ...odoo, password: 'wrong' }));
    expect(await serve(request(), operation, world())).toEqual([
      { check: 'serve', status: 'failed', message: expect.stringContaining('answered 303 to /web/database/selector') },
    ]);
  });

  it('fails by what the log says, though the page is there', async () => {
    kubernetes.apply(secretOf(odoo));
    const other = { ...request(), image: 'registry.example.com/retail/odoo:15.0' };
    const [page, log] = await serve(other, operation, world());
    expect(page).toMatchObject({ check: 'serve', status: 'ok' });
    expect(log).toMatchObject({ check: 'log', status: 'failed', message: expect.stringContaining('base version') });
  });

  it('fails soon where the pod can never run', async () => {
    kubernetes.remove({ kind: 'Secret', name: place.secret, namespace: place.namespace });
    expect(await serve(request(), operation, world())).toEqual([
      { check: 'serve', status: 'failed', message: expect.stringContaining('secret "recovery" not found') },
    ]);
  });

  it('fails where no image can be pulled', async () => {
    kubernetes.apply(secretOf(odoo));
    const selector = { namespace: place.namespace, labels: { 'till.dev/operation': operation.id } };
    kubernetes.setPodBehaviour(selector, { imagePullBackOff: {} });
    const checks = await serve(request(), operation, world());
    kubernetes.setPodBehaviour(selector, null);
    expect(checks).toEqual([{ check: 'serve', status: 'failed', message: expect.stringContaining('ImagePull') }]);
  });

  it('ends at once when the operation is stopped, and leaves the clearing to whoever called', async () => {
    kubernetes.apply(secretOf(odoo));
    const stop = new AbortController();
    const selector = { namespace: place.namespace, labels: { 'till.dev/operation': operation.id } };
    kubernetes.setPodBehaviour(selector, { notReady: {} });
    const serving = serve(request(), operation, {
      ...world(stop.signal),
      progress: ({ words }) => words.startsWith('the pod:') && stop.abort(),
    });
    await expect(serving).rejects.toMatchObject({ name: 'AbortError' });
    kubernetes.setPodBehaviour(selector, null);
    expect(await servedBy(operation.id, place, cluster)).toHaveLength(2);
    expect(await cleared()).toBe(2);
    expect(await servedBy(null, place, cluster)).toEqual([]);
  });
});

describe('what was served', () => {
  it('is not called gone where the cluster cannot be asked', async () => {
    const deaf = { ...world(), cluster: () => Promise.reject(new Error('no way there')) };
    await expect(unserve(operation.id, place, operation, deaf)).rejects.toThrow('no way there');
  });
});
