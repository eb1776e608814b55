import { type AddressInfo, createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ClusterReader } from '#systems/kubernetes/cluster.ts';
import { type ClusterOptions, openCluster } from '#systems/kubernetes/open.ts';
import { FaultServer } from './fault-server.ts';
import { pod, pods } from './objects.ts';

let server: FaultServer;
let clusters: ClusterReader[];

beforeEach(async () => {
  server = await new FaultServer().start();
  clusters = [];
});
afterEach(async () => {
  await Promise.all(clusters.map((cluster) => cluster.close()));
  await server.close();
});

/** A reader in a hurry: what takes seconds takes a hundredth of it. */
function open(options: Partial<ClusterOptions> = {}): ClusterReader {
  const wait: ClusterOptions['wait'] = (_, signal) =>
    new Promise((resolve) => (signal.aborted ? resolve() : setImmediate(resolve)));
  const pace = { quiet: 40, probe: 5000, lag: 80, answer: 5000 };
  const cluster = openCluster({ name: 'test', kubeconfig: server.kubeconfig(), wait, pace, ...options });
  clusters.push(cluster);
  return cluster;
}

/** Gives up on an answer soon; where the server is meant to stop answering. */
const impatient = { pace: { quiet: 40, probe: 200, lag: 80, answer: 200 } };
const until = (condition: () => boolean) => vi.waitUntil(condition, { timeout: 15_000, interval: 5 });
const probes = () => server.requests.filter(({ path }) => path === '/version').length;

describe('a quiet kind', () => {
  it('stays live while its link answers, without a new watch', async () => {
    const store = open().watch('pods');
    await store.settled();
    const first = store.state.lastHeardAt ?? 0;
    await until(() => probes() >= 3 && (store.state.lastHeardAt ?? 0) > first);
    expect(store.state.phase).toBe('live');
    expect(server.requests.filter(({ path }) => path === pods)).toHaveLength(1);
  });

  it('stays live when the login has run out, as long as its watch is open', async () => {
    server.always('/version', ({ refuse }) => refuse(401));
    const store = open().watch('pods');
    await store.settled();
    const first = store.state.lastHeardAt ?? 0;
    await until(() => probes() >= 3 && (store.state.lastHeardAt ?? 0) > first);
    expect(store.state.phase).toBe('live');
    expect(server.watches).toBe(1);
  });

  it('is asked after once for all kinds of the cluster', async () => {
    const cluster = open({ pace: { quiet: 300 } });
    const stores = (['pods', 'nodes', 'namespaces', 'deployments'] as const).map((kind) => cluster.watch(kind));
    await Promise.all(stores.map((store) => store.settled()));
    const first = Math.max(...stores.map(({ state }) => state.lastHeardAt ?? 0));
    await until(() => stores.every(({ state }) => (state.lastHeardAt ?? 0) > first));
    expect(probes()).toBeLessThanOrEqual(2);
  });

  it('that hears not even a bookmark is read anew, because its place may lie in the future of a restored server', async () => {
    server.put(pods, pod('a'));
    const store = open({ pace: { quiet: 10, probe: 1000, silent: 60, answer: 5000 } }).watch('pods');
    await store.settled();
    const watches = () => server.requests.filter(({ path, query }) => path === pods && query.has('sendInitialEvents'));
    await until(() => watches().length >= 2);
    expect(store.rows.size).toBe(1);
  });
});

describe('a link that dies without a word', () => {
  it('keeps its rows, becomes stale once it lags, and live again when the server answers', async () => {
    server.put(pods, pod('a'));
    const store = open(impatient).watch('pods');
    await until(() => store.state.phase === 'live');
    server.isFrozen = true;
    await until(() => store.state.phase === 'stale');
    expect(store.rows.size).toBe(1);
    expect(store.state.message).toMatch(/answer/);
    const heard = store.state.lastHeardAt ?? 0;
    server.isFrozen = false;
    await until(() => store.state.phase === 'live');
    expect(store.state.lastHeardAt).toBeGreaterThan(heard);
    server.put(pods, pod('b'));
    await until(() => store.rows.size === 2);
  });

  it('does not look live: what it last heard stays when it was', async () => {
    const store = open(impatient).watch('pods');
    await until(() => store.state.phase === 'live');
    server.isFrozen = true;
    await until(() => store.state.phase === 'stale');
    const heard = store.state.lastHeardAt;
    await until(() => probes() > 2 || server.requests.length > 6);
    expect(store.state.lastHeardAt).toBe(heard);
  });
});

describe('a server that opens every watch and drops it at once', () => {
  it('does not look live, and is live again once a watch tells something', async () => {
    server.put(pods, pod('a'));
    const store = open().watch('pods');
    await store.settled();
    let dropped = 0;
    const phases = new Set<string>();
    const stop = server.always(pods, ({ response, watch }) => {
      watch();
      response.end();
      dropped += 1;
      phases.add(store.state.phase);
    });
    server.end();
    await until(() => store.state.phase === 'stale');
    const before = dropped;
    phases.clear();
    await until(() => dropped > before + 10);
    expect([...phases]).toEqual(['stale']);
    stop();
    server.put(pods, pod('b'));
    await until(() => store.state.phase === 'live' && store.rows.size === 2);
  });
});

describe('a short interruption', () => {
  it('is not shown', async () => {
    const store = open({ pace: { lag: 60_000 } }).watch('pods');
    await store.settled();
    const phases = new Set<string>();
    store.subscribe(() => phases.add(store.state.phase));
    await server.stop();
    await server.start();
    await until(() => server.watches === 1);
    server.put(pods, pod('a'));
    await until(() => store.rows.size === 1);
    expect([...phases].filter((phase) => phase !== 'live')).toEqual([]);
  });
});

describe('a server that is away at first', () => {
  it('is unreachable in words, and live when it comes', async () => {
    server.put(pods, pod('a'));
    await server.stop();
    const store = open().watch('pods');
    await store.settled();
    expect(store.state.phase).toBe('unreachable');
    expect(store.state.message).toMatch(/^127\.0\.0\.1:\d+ refuses the connection \(ECONNREFUSED\)$/);
    await server.start();
    await until(() => store.state.phase === 'live');
    expect(store.rows.size).toBe(1);
  });

  it('that accepts and never answers is unreachable too', async () => {
    server.isFrozen = true;
    const store = open(impatient).watch('pods');
    await store.settled();
    expect(store.state).toMatchObject({ phase: 'unreachable', message: expect.stringContaining('does not answer') });
  });

  it('that does not even speak TLS is unreachable too', async () => {
    const mute = createServer(() => undefined);
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    const { port } = mute.address() as AddressInfo;
    const store = open({ ...impatient, kubeconfig: server.kubeconfig({ server: `https://127.0.0.1:${port}` }) }).watch(
      'pods',
    );
    await store.settled();
    expect(store.state).toMatchObject({ phase: 'unreachable', message: expect.stringContaining('does not answer') });
    await clusters.pop()?.close();
    mute.close();
  });

  it('whose certificate is of an authority that we do not know is unreachable in words', async () => {
    const stranger = await new FaultServer().start();
    const store = open({ kubeconfig: server.kubeconfig({ server: stranger.url }) }).watch('pods');
    await store.settled();
    expect(store.state.message).toMatch(/has a certificate that we do not trust/);
    await stranger.close();
  });
});

describe('a server that speaks HTTP/1.1 only', () => {
  it('is followed too, each watch on a connection of its own', async () => {
    const old = await new FaultServer({ isHttp1Only: true }).start();
    old.put(pods, pod('a'));
    const cluster = open({ kubeconfig: old.kubeconfig() });
    const store = cluster.watch('pods');
    await Promise.all([store.settled(), cluster.watch('nodes').settled()]);
    expect(old.requests[0]?.version).toBe('1.1');
    old.drop();
    await until(() => old.watches === 2);
    old.put(pods, pod('b'));
    await until(() => store.rows.size === 2);
    expect(store.state.phase).toBe('live');
    await clusters.pop()?.close();
    await old.close();
  });
});

describe('closing', () => {
  it('ends every watch, stops every store and frees who waits', async () => {
    const cluster = open();
    const store = cluster.watch('pods');
    await store.settled();
    server.isFrozen = true;
    const waiting = cluster.watch('nodes');
    await cluster.close();
    await waiting.settled();
    expect([store.state.phase, waiting.state.phase]).toEqual(['stopped', 'stopped']);
    await until(() => server.open === 0);
  });
});
