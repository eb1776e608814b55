import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ClusterReader, Store } from '#systems/kubernetes/cluster.ts';
import { type ClusterOptions, openCluster } from '#systems/kubernetes/open.ts';
import type { Kind } from '#systems/kubernetes/rows.ts';
import { type ApiServer, ControlPlane } from './control-plane.ts';
import { podCases } from './pod-cases.ts';

const binaries = process.env['KUBEBUILDER_ASSETS'];
const deploymentsOf = (namespace: string) => `/apis/apps/v1/namespaces/${namespace}/deployments`;

// The field's convention: the tests that need a real API server run where its binaries are.
describe('on a real API server', () => {
  const plane = new ControlPlane(binaries ?? '');
  let api: ApiServer;
  let clusters: ClusterReader[] = [];

  beforeAll(async () => {
    await plane.start();
    api = await plane.apiServer();
    await api.send('POST', '/api/v1/namespaces', { metadata: { name: 'shop' } });
    await api.send('POST', '/api/v1/namespaces', { metadata: { name: 'till' } });
    // The built-in `view` is filled by a controller that does not run here.
    await api.send('POST', '/apis/rbac.authorization.k8s.io/v1/clusterroles', {
      metadata: { name: 'reader' },
      rules: [{ apiGroups: ['', 'apps'], resources: ['pods', 'deployments'], verbs: ['get', 'list', 'watch'] }],
    });
  });
  afterAll(() => plane.stop());
  afterEach(async () => {
    await Promise.all(clusters.map((cluster) => cluster.close()));
    clusters = [];
  });

  function open(kubeconfig: string, options: Partial<ClusterOptions> = {}): ClusterReader {
    const cluster = openCluster({ name: 'real', kubeconfig, ...options });
    clusters.push(cluster);
    return cluster;
  }
  const until = (condition: () => boolean) => vi.waitUntil(condition, { timeout: 20_000, interval: 20 });
  const named = <Row extends { readonly name: string }>(store: Store<Row>, name: string) =>
    [...store.rows.values()].find((row) => row.name === name);

  function deployment(name: string, replicas: number): object {
    const labels = { app: name };
    return {
      metadata: { name, labels },
      spec: {
        replicas,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [{ name: 'odoo', image: 'odoo:17' }] } },
      },
    };
  }

  it('every kind gets its first picture and is live', async () => {
    const cluster = open(api.kubeconfig('admin'));
    const kinds: readonly Kind[] = [
      ...(['deployments', 'statefulsets', 'pods', 'horizontalpodautoscalers', 'nodes', 'namespaces'] as const),
    ];
    const stores = kinds.map((kind) => cluster.watch(kind));
    await Promise.all(stores.map((store) => store.settled()));
    expect(stores.map(({ state }) => state.phase)).toEqual(kinds.map(() => 'live'));
    expect(named(cluster.watch('namespaces'), 'shop')).toMatchObject({ phase: 'Active' });
  });

  it('a Deployment is followed from its creation to its end', async () => {
    const store = open(api.kubeconfig('admin')).watch('deployments');
    await store.settled();
    await api.send('POST', deploymentsOf('shop'), deployment('web', 2));
    await until(() => named(store, 'web') !== undefined);
    expect(named(store, 'web')).toMatchObject({
      replicas: 2,
      generation: 1,
      observedGeneration: 0,
      selector: { app: 'web' },
    });
    await api.send('PATCH', `${deploymentsOf('shop')}/web`, { spec: { replicas: 5 } });
    await until(() => named(store, 'web')?.replicas === 5);
    await api.send('DELETE', `${deploymentsOf('shop')}/web`);
    await until(() => named(store, 'web') === undefined);
  });

  it("a pod's STATUS, READY and RESTARTS are those of the server's own table", async () => {
    const pods = '/api/v1/namespaces/shop/pods';
    for (const [index, [, { metadata, spec, status }]] of podCases.entries()) {
      const path = `${pods}/case-${index}`;
      const withImages = (containers: readonly object[] = []) => containers.map((it) => ({ ...it, image: 'odoo:17' }));
      const initContainers = withImages((spec as { initContainers?: object[] } | undefined)?.initContainers);
      const containers = withImages([{ name: 'a' }, { name: 'b' }]);
      const isGated = JSON.stringify(status).includes('SchedulingGated');
      const place = isGated ? { schedulingGates: [{ name: 'example.com/gate' }] } : { nodeName: 'n1' };
      await api.send('POST', pods, {
        metadata: { name: `case-${index}` },
        spec: { ...place, initContainers, containers },
      });
      await api.send('PATCH', `${path}/status`, { status });
      if (metadata !== undefined) {
        await api.send('DELETE', path);
      }
    }
    const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io';
    const table = (await api.send('GET', pods, undefined, accept)) as { rows: { cells: (string | number)[] }[] };
    const theirs = table.rows.map(
      ({ cells: [name, ready, status, restarts] }) => `${name} ${status} ${ready} ${restarts}`,
    );
    const store = open(api.kubeconfig('admin')).watch('pods');
    await store.settled();
    const ours = [...store.rows.values()].map(
      (row) => `${row.name} ${row.status} ${row.containersReady}/${row.containers} ${row.restarts}`,
    );
    expect(ours.sort()).toEqual(theirs.sort());
    const leaves = (expected: string) => !ours.some((line) => line.endsWith(` ${expected}`));
    expect(podCases.filter(([expected]) => leaves(expected))).toEqual([]);
  });

  it('a server without WatchList is read page by page', async () => {
    const older = await plane.apiServer({ flags: ['--feature-gates=WatchList=false'] });
    const store = open(older.kubeconfig('admin')).watch('namespaces');
    await store.settled();
    expect(store.state.phase).toBe('live');
    await older.send('POST', '/api/v1/namespaces', { metadata: { name: 'late' } });
    await until(() => named(store, 'late') !== undefined);
    await older.kill();
  });

  it('a server that is killed and comes back is followed on', async () => {
    const first = await plane.apiServer();
    const store = open(first.kubeconfig('admin'), { pace: { lag: 500 } }).watch('namespaces');
    await store.settled();
    await first.kill();
    await until(() => store.state.phase === 'stale');
    await until(() => store.state.message?.includes('refuses the connection') === true);
    expect(named(store, 'shop')).toBeDefined();
    const second = await plane.apiServer({ port: first.port });
    await second.send('POST', '/api/v1/namespaces', { metadata: { name: 'afterwards' } });
    await until(() => named(store, 'afterwards') !== undefined);
    expect(store.state.phase).toBe('live');
    await second.kill();
  });

  it('a person without rights is forbidden, and sees a namespace as soon as a Role allows it', async () => {
    const cluster = open(api.kubeconfig('nobody'), {
      knownNamespaces: () => ['till'],
      pace: { denied: 300, namespaces: 300 },
    });
    const store = cluster.watch('deployments');
    await store.settled();
    expect(store.state.phase).toBe('forbidden');
    expect(await cluster.mayI('list', 'apps', 'deployments', 'till')).toBe(false);
    await api.send('POST', deploymentsOf('till'), deployment('web', 1));
    await api.send('POST', '/apis/rbac.authorization.k8s.io/v1/namespaces/till/rolebindings', {
      metadata: { name: 'nobody-reads' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'reader' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'nobody' }],
    });
    await until(() => named(store, 'web') !== undefined);
    expect(store.state.phase).toBe('live');
    expect(await cluster.mayI('list', 'apps', 'deployments', 'till')).toBe(true);
    expect(await cluster.mayI('delete', 'apps', 'deployments', 'till')).toBe(false);
  });

  it('a token that the server does not know makes us unauthenticated', async () => {
    const store = open(api.kubeconfig('stranger')).watch('pods');
    await store.settled();
    expect(store.state.phase).toBe('unauthenticated');
  });

  it('each of two groups that we act as has its rights', async () => {
    await api.send('POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
      metadata: { name: 'second-reads' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'reader' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'second' }],
    });
    const cluster = open(api.kubeconfig('admin', ', as: bob, as-groups: [first, second]'));
    expect(await cluster.mayI('list', '', 'pods')).toBe(true);
    expect(await cluster.mayI('delete', '', 'pods')).toBe(false);
  });

  it('a Secret is read by key', async () => {
    await api.send('POST', '/api/v1/namespaces/till/secrets', {
      metadata: { name: 'db' },
      stringData: { password: 'pässword' },
    });
    expect(await open(api.kubeconfig('admin')).secret('till', 'db', 'password')).toBe('pässword');
  });
});
