import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ClusterReader, Store } from '#systems/kubernetes/cluster.ts';
import { type ClusterOptions, openCluster } from '#systems/kubernetes/open.ts';
import type { PodRow } from '#systems/kubernetes/rows.ts';
import { bookmarkAt, expired, FaultServer } from './fault-server.ts';
import { pod, pods } from './objects.ts';

let server: FaultServer;
let clusters: ClusterReader[];
/** How long the reflectors wanted to wait; they are let go on at once. */
let waits: number[];

beforeEach(async () => {
  server = await new FaultServer().start();
  clusters = [];
  waits = [];
});
afterEach(async () => {
  await Promise.all(clusters.map((cluster) => cluster.close()));
  await server.close();
});

function open(options: Partial<ClusterOptions> = {}): ClusterReader {
  const wait: ClusterOptions['wait'] = (ms, signal) => {
    waits.push(ms);
    return new Promise((resolve) => (signal.aborted ? resolve() : setImmediate(resolve)));
  };
  const cluster = openCluster({ name: 'test', kubeconfig: server.kubeconfig(), wait, random: () => 0.5, ...options });
  clusters.push(cluster);
  return cluster;
}

const names = (store: Store<PodRow>) => [...store.rows.values()].map(({ name }) => name).sort();
const watchesOf = (path = pods) => server.requests.filter((it) => it.path === path && it.query.has('watch'));
const until = (condition: () => boolean) => vi.waitUntil(condition, { timeout: 15_000, interval: 5 });

describe('a first picture', () => {
  it('comes by WatchList over HTTP/2 and is live at its end marker', async () => {
    server.put(pods, pod('a'));
    server.put(pods, pod('b', { namespace: 'other' }));
    const store = open().watch('pods');
    expect(store.state).toMatchObject({ source: 'kubernetes/test/pods', phase: 'connecting', lastHeardAt: null });
    await store.settled();
    expect(names(store)).toEqual(['a', 'b']);
    expect(store.state).toMatchObject({ phase: 'live', message: null, lastHeardAt: expect.any(Number) });
    const [first] = watchesOf();
    expect(first?.version).toBe('2.0');
    expect(Object.fromEntries(first?.query ?? [])).toEqual({
      watch: '1',
      allowWatchBookmarks: 'true',
      timeoutSeconds: '450',
      sendInitialEvents: 'true',
      resourceVersionMatch: 'NotOlderThan',
    });
  });

  it('is syncing, not live, while the marker is awaited, and shows what has come so far', async () => {
    server.next(pods, ({ watch }) => watch({ type: 'ADDED', object: pod('a') }));
    const store = open().watch('pods');
    await until(() => store.rows.size === 1);
    expect(store.state.phase).toBe('syncing');
    server.write(pods, `${JSON.stringify(bookmarkAt(1001, true))}\n`);
    await store.settled();
    expect(store.state.phase).toBe('live');
  });

  it('of a kind with no objects is live and empty', async () => {
    const store = open().watch('pods');
    await store.settled();
    expect([store.rows.size, store.state.phase]).toEqual([0, 'live']);
  });

  it('comes page by page where the server has no WatchList, and is then watched', async () => {
    server.hasWatchList = false;
    server.pageSize = 2;
    for (const name of ['a', 'b', 'c', 'd', 'e']) {
      server.put(pods, pod(name));
    }
    const store = open().watch('pods');
    await store.settled();
    expect(names(store)).toEqual(['a', 'b', 'c', 'd', 'e']);
    const lists = server.requests.filter((it) => it.path === pods && !it.query.has('watch'));
    expect(lists.map(({ query }) => query.get('continue'))).toEqual([null, '2', '4']);
    expect(lists.every(({ query }) => query.get('limit') === '500')).toBe(true);
    await until(() => watchesOf().length === 2);
    expect(watchesOf()[1]?.query.get('resourceVersion')).toBe('1005');
    server.put(pods, pod('f'));
    await until(() => store.rows.size === 6);
  });

  it('comes page by page although a page is compressed, another is cut off and a third has expired', async () => {
    server.hasWatchList = false;
    server.pageSize = 1;
    server.put(pods, pod('a'));
    server.put(pods, pod('b'));
    const page = { kind: 'PodList', metadata: { resourceVersion: '5', continue: '1' }, items: [pod('a')] };
    server.next('limit=500', ({ response, headers }) => {
      expect(headers['accept-encoding']).toBe('gzip');
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(JSON.stringify(page)));
    });
    server.next('continue=1', ({ response }) => response.end(JSON.stringify(page).slice(0, 40)));
    server.next('limit=500', ({ serve }) => serve());
    server.next('continue=1', ({ refuse }) => refuse(410, 'The provided continue parameter is too old'));
    const store = open().watch('pods');
    await until(() => store.state.phase === 'live');
    expect(names(store)).toEqual(['a', 'b']);
    expect(server.requests.filter(({ query }) => query.get('limit') === '500')).toHaveLength(6);
  });

  it('comes page by page where the server ignores what it does not know and never marks the end', async () => {
    server.put(pods, pod('a'));
    server.next('sendInitialEvents', ({ watch }) => watch({ type: 'ADDED', object: pod('a') }));
    const store = open({ pace: { marker: 30 } }).watch('pods');
    await store.settled();
    expect(names(store)).toEqual(['a']);
    expect(store.state.phase).toBe('live');
    expect(server.requests.some(({ query }) => query.get('limit') === '500')).toBe(true);
  });

  it('comes through although the bytes drip in one by one', async () => {
    const bytes = [
      ...`${JSON.stringify({ type: 'ADDED', object: pod('café') })}\n${JSON.stringify(bookmarkAt(7, true))}\n`,
    ];
    server.next(pods, ({ response, watch }) => {
      watch();
      const drip = () => {
        const byte = bytes.shift();
        if (byte !== undefined) {
          response.write(byte, () => setImmediate(drip));
        }
      };
      drip();
    });
    const store = open().watch('pods');
    await store.settled();
    expect(names(store)).toEqual(['café']);
  });

  it('keeps to the namespaces given at opening', async () => {
    server.put(pods, pod('a', { namespace: 'one' }));
    server.put(pods, pod('b', { namespace: 'two' }));
    server.put(pods, pod('c', { namespace: 'three' }));
    const store = open({ namespaces: ['one', 'two'] }).watch('pods');
    await store.settled();
    expect(names(store)).toEqual(['a', 'b']);
    expect(watchesOf()).toEqual([]);
  });

  it('is of the whole cluster when the namespaces given are none', async () => {
    server.put(pods, pod('a'));
    const store = open({ namespaces: [] }).watch('pods');
    await store.settled();
    expect(names(store)).toEqual(['a']);
  });
});

describe('a watch', () => {
  it('follows what is added, changed and deleted, and tells it in batches', async () => {
    const store = open().watch('pods');
    await store.settled();
    const heard = vi.fn();
    store.subscribe(heard);
    const before = store.version;
    server.put(pods, pod('a'));
    server.put(pods, pod('b'));
    server.put(pods, pod('a', { status: { phase: 'Failed', reason: 'Evicted' } }));
    server.delete(pods, pod('b'));
    await until(() => store.rows.size === 1 && [...store.rows.values()][0]?.status === 'Evicted');
    expect(names(store)).toEqual(['a']);
    expect(store.version).toBeGreaterThan(before);
    await until(() => heard.mock.calls.length > 0);
    expect(heard.mock.calls.length).toBeLessThan(4);
  });

  it('that ends properly carries on from the last event, without a new list', async () => {
    const store = open().watch('pods');
    await store.settled();
    server.put(pods, pod('a'));
    await until(() => store.rows.size === 1);
    server.end();
    await until(() => watchesOf().length === 2);
    expect(watchesOf()[1]?.query.get('resourceVersion')).toBe('1001');
    expect(watchesOf()[1]?.query.has('sendInitialEvents')).toBe(false);
    server.put(pods, pod('b'));
    await until(() => store.rows.size === 2);
    expect(store.state.phase).toBe('live');
  });

  it('of a quiet kind carries on from its last bookmark', async () => {
    const store = open().watch('pods');
    await store.settled();
    const version = store.version;
    const marked = server.bookmark(pods);
    await until(() => store.version > version);
    server.end();
    await until(() => watchesOf().length === 2);
    expect(watchesOf()[1]?.query.get('resourceVersion')).toBe(marked);
  });

  it('that is cut in the middle of a line forgets the half and carries on before it', async () => {
    server.put(pods, pod('a'));
    const store = open().watch('pods');
    await store.settled();
    server.write(pods, '{"type":"ADDED","object":{"metadata":{"name":"hal');
    server.drop();
    await until(() => watchesOf().length === 2);
    expect(watchesOf()[1]?.query.get('resourceVersion')).toBe('1001');
    server.put(pods, pod('b'));
    await until(() => store.rows.size === 2);
    expect(names(store)).toEqual(['a', 'b']);
    expect(store.state.phase).toBe('live');
  });

  it('whose server closes its half of the connection is opened anew', async () => {
    const store = open().watch('pods');
    await store.settled();
    server.halfClose();
    await until(() => watchesOf().length === 2 && server.watches === 1);
    server.put(pods, pod('a'));
    await until(() => store.rows.size === 1);
    expect(store.state.phase).toBe('live');
  });

  it('with a line that is no JSON reads everything anew instead of crashing', async () => {
    server.put(pods, pod('a'));
    const store = open().watch('pods');
    await store.settled();
    server.write(pods, '<html>bad gateway</html>\n');
    await until(() => watchesOf().length === 2);
    expect(watchesOf()[1]?.query.get('sendInitialEvents')).toBe('true');
    await until(() => store.state.phase === 'live' && server.watches === 1);
    expect(names(store)).toEqual(['a']);
  });

  it('with objects that are none passes over them', async () => {
    server.put(pods, pod('a'));
    const store = open().watch('pods');
    await store.settled();
    for (const object of [null, [], 'x', {}, { metadata: [] }, { metadata: { name: 7 } }]) {
      server.write(pods, `${JSON.stringify({ type: 'ADDED', object })}\n`);
    }
    server.put(pods, pod('b'));
    await until(() => store.rows.size >= 2);
    expect(names(store)).toEqual(['a', 'b']);
  });

  it.each(['null', '7', '[]', '{}', '{"type":"NEWS","object":{}}'])('with the line %s reads anew', async (line) => {
    const store = open().watch('pods');
    await store.settled();
    server.write(pods, `${line}\n`);
    await until(() => watchesOf().length === 2);
    expect(watchesOf()[1]?.query.get('sendInitialEvents')).toBe('true');
  });

  it.each([
    ['in the stream', () => server.write(pods, `${JSON.stringify(expired())}\n`)],
    [
      'as an HTTP status',
      () => {
        server.next(pods, ({ refuse }) => refuse(410, 'too old resource version'));
        server.end();
      },
    ],
  ])(
    'told that it is too old (410 %s) reads anew and keeps its rows until the new picture is whole',
    async (_, happen) => {
      server.put(pods, pod('gone'));
      server.put(pods, pod('kept'));
      const store = open().watch('pods');
      await store.settled();
      server.delete(pods, pod('gone'), false);
      let release = () => {};
      server.next('sendInitialEvents', ({ response, watch }) => {
        watch({ type: 'ADDED', object: pod('new') }, { type: 'ADDED', object: pod('kept') });
        release = () => void response.write(`${JSON.stringify(bookmarkAt(2000, true))}\n`);
      });
      happen();
      await until(() => names(store).includes('new'));
      expect(names(store)).toEqual(['gone', 'kept', 'new']);
      release();
      await until(() => store.rows.size === 2);
      expect(names(store)).toEqual(['kept', 'new']);
      expect(store.state.phase).toBe('live');
    },
  );

  it('told that every new picture is too old does not ask in a loop', async () => {
    server.always(pods, ({ watch, response }) => {
      watch(expired());
      response.end();
    });
    const store = open().watch('pods');
    await until(() => watchesOf().length >= 5);
    expect(waits.slice(0, 4)).toEqual([0, 1200, 2400, 4800]);
    expect(store.state.phase).toBe('unreachable');
  });

  it('told that its version is not there yet (504) waits as asked and reads anew', async () => {
    server.put(pods, pod('a'));
    const message = 'Too large resource version: 99, current: 3';
    const details = { retryAfterSeconds: 4 };
    server.next(pods, ({ watch, response }) => {
      watch({ type: 'ERROR', object: { kind: 'Status', reason: 'Timeout', code: 504, message, details } });
      response.end();
    });
    const store = open().watch('pods');
    await until(() => store.state.phase === 'live');
    expect(waits).toContain(4000);
    expect(names(store)).toEqual(['a']);
  });
});

describe('a server that refuses', () => {
  it('with 429 is asked again after the time it names', async () => {
    server.put(pods, pod('a'));
    server.next(pods, ({ refuse }) => refuse(429, 'slow down', { 'retry-after': '7' }));
    const store = open().watch('pods');
    await until(() => store.state.phase === 'live');
    expect(waits[0]).toBe(7000);
    expect(names(store)).toEqual(['a']);
  });

  it('with 500 is asked again after longer and longer', async () => {
    const stop = server.always(pods, ({ refuse }) => refuse(500, 'etcdserver: no leader'));
    const store = open().watch('pods');
    await until(() => watchesOf().length >= 8);
    expect(waits.slice(0, 7)).toEqual([1200, 2400, 4800, 9600, 19_200, 38_400, 45_000]);
    expect(store.state).toMatchObject({
      phase: 'unreachable',
      message: 'the API server answered 500: etcdserver: no leader',
    });
    stop();
    await until(() => store.state.phase === 'live');
  });

  it('with 401 once gets fresh credentials', async () => {
    server.put(pods, pod('a'));
    server.next(pods, ({ refuse }) => refuse(401));
    const store = open().watch('pods');
    await store.settled();
    expect(store.state.phase).toBe('live');
    expect(watchesOf()).toHaveLength(2);
  });

  it('with 401 again and again makes the kind unauthenticated, not unreachable', async () => {
    server.always(pods, ({ refuse }) => refuse(401));
    const store = open().watch('pods');
    await store.settled();
    expect(store.state).toMatchObject({
      phase: 'unauthenticated',
      message: 'the API server does not know us (401): log in again',
    });
    expect(waits.every((ms) => ms >= 30_000)).toBe(true);
  });
});

describe('a person who may not read the whole cluster', () => {
  beforeEach(() => {
    server.always(pods, ({ path, refuse, serve }) => (path === pods ? refuse(403) : serve()));
    server.put(pods, pod('a', { namespace: 'one' }));
    server.put(pods, pod('b', { namespace: 'two' }));
  });

  it('sees each known namespace', async () => {
    const store = open({ knownNamespaces: () => ['one', 'two'] }).watch('pods');
    await store.settled();
    expect(names(store)).toEqual(['a', 'b']);
    expect(store.state).toMatchObject({ phase: 'live', message: null });
  });

  it('sees a namespace that becomes known later, and no longer one that is given up', async () => {
    let known = ['one'];
    const store = open({ knownNamespaces: () => known }).watch('pods');
    await store.settled();
    expect(names(store)).toEqual(['a']);
    known = ['two'];
    await until(() => names(store).join() === 'b');
    await until(() => server.watches === 1);
  });

  it('is asked for the whole cluster again when no namespace is left', async () => {
    let known = ['one'];
    const store = open({ knownNamespaces: () => known }).watch('pods');
    await store.settled();
    known = [];
    await until(() => store.state.phase === 'forbidden');
    expect(names(store)).toEqual([]);
    known = ['two'];
    await until(() => names(store).join() === 'b');
  });

  it('is told so when no namespace is known', async () => {
    const store = open().watch('pods');
    await store.settled();
    expect(store.state).toMatchObject({ phase: 'forbidden', message: 'we may not watch pods (403)' });
    await until(() => watchesOf().length >= 3);
    expect(waits.reduce((sum, ms) => sum + ms, 0)).toBeGreaterThanOrEqual(120_000);
  });

  it('sees the other namespaces when one of them is forbidden too, and is told which', async () => {
    server.always('/namespaces/two/pods', ({ refuse }) => refuse(403));
    const store = open({ knownNamespaces: () => ['one', 'two'] }).watch('pods');
    await store.settled();
    expect(names(store)).toEqual(['a']);
    expect(store.state).toMatchObject({ phase: 'live', message: 'we may not read two (403)' });
  });

  it('is told so for kinds that belong to no namespace', async () => {
    server.always('/api/v1/nodes', ({ refuse }) => refuse(403));
    const store = open({ knownNamespaces: () => ['one'] }).watch('nodes');
    await store.settled();
    expect(store.state.phase).toBe('forbidden');
  });
});
