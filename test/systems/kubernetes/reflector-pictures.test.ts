import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { bookmarkAt } from './fault-server.ts';
import { pod, pods } from './objects.ts';
import { names, reflecting, until } from './reflecting.ts';

const world = reflecting();

describe('a first picture', () => {
  it('comes by WatchList over HTTP/2 and is live at its end marker', async () => {
    world.server.put(pods, pod('a'));
    world.server.put(pods, pod('b', { namespace: 'other' }));
    const store = world.open().watch('pods');
    expect(store.state).toMatchObject({ source: 'kubernetes/test/pods', phase: 'connecting', lastHeardAt: null });
    await store.settled();
    expect(names(store)).toEqual(['a', 'b']);
    expect(store.state).toMatchObject({ phase: 'live', message: null, lastHeardAt: expect.any(Number) });
    const [first] = world.watchesOf();
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
    world.server.next(pods, ({ watch }) => watch({ type: 'ADDED', object: pod('a') }));
    const store = world.open().watch('pods');
    await until(() => store.rows.size === 1);
    expect(store.state.phase).toBe('syncing');
    world.server.write(pods, `${JSON.stringify(bookmarkAt(1001, true))}\n`);
    await store.settled();
    expect(store.state.phase).toBe('live');
  });

  it('of a kind with no objects is live and empty', async () => {
    const store = world.open().watch('pods');
    await store.settled();
    expect([store.rows.size, store.state.phase]).toEqual([0, 'live']);
  });

  it('comes page by page where the server has no WatchList, and is then watched', async () => {
    world.server.hasWatchList = false;
    world.server.pageSize = 2;
    for (const name of ['a', 'b', 'c', 'd', 'e']) {
      world.server.put(pods, pod(name));
    }
    const store = world.open().watch('pods');
    await store.settled();
    expect(names(store)).toEqual(['a', 'b', 'c', 'd', 'e']);
    const lists = world.server.requests.filter((it) => it.path === pods && !it.query.has('watch'));
    expect(lists.map(({ query }) => query.get('continue'))).toEqual([null, '2', '4']);
    expect(lists.every(({ query }) => query.get('limit') === '500')).toBe(true);
    await until(() => world.watchesOf().length === 2);
    expect(world.watchesOf()[1]?.query.get('resourceVersion')).toBe('1005');
    world.server.put(pods, pod('f'));
    await until(() => store.rows.size === 6);
  });

  it('comes page by page although a page is compressed, another is cut off and a third has expired', async () => {
    world.server.hasWatchList = false;
    world.server.pageSize = 1;
    world.server.put(pods, pod('a'));
    world.server.put(pods, pod('b'));
    const page = { kind: 'PodList', metadata: { resourceVersion: '5', continue: '1' }, items: [pod('a')] };
    world.server.next('limit=500', ({ response, headers }) => {
      expect(headers['accept-encoding']).toBe('gzip');
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(JSON.stringify(page)));
    });
    world.server.next('continue=1', ({ response }) => response.end(JSON.stringify(page).slice(0, 40)));
    world.server.next('limit=500', ({ serve }) => serve());
    world.server.next('continue=1', ({ refuse }) => refuse(410, 'The provided continue parameter is too old'));
    const store = world.open().watch('pods');
    await until(() => store.state.phase === 'live');
    expect(names(store)).toEqual(['a', 'b']);
    expect(world.server.requests.filter(({ query }) => query.get('limit') === '500')).toHaveLength(6);
  });

  it('comes page by page where the server ignores what it does not know and never marks the end', async () => {
    world.server.put(pods, pod('a'));
    world.server.next('sendInitialEvents', ({ watch }) => watch({ type: 'ADDED', object: pod('a') }));
    const store = world.open({ pace: { marker: 30 } }).watch('pods');
    await store.settled();
    expect(names(store)).toEqual(['a']);
    expect(store.state.phase).toBe('live');
    expect(world.server.requests.some(({ query }) => query.get('limit') === '500')).toBe(true);
  });

  it('comes through although the bytes drip in one by one', async () => {
    const bytes = [
      ...`${JSON.stringify({ type: 'ADDED', object: pod('café') })}\n${JSON.stringify(bookmarkAt(7, true))}\n`,
    ];
    world.server.next(pods, ({ response, watch }) => {
      watch();
      const drip = () => {
        const byte = bytes.shift();
        if (byte !== undefined) {
          response.write(byte, () => setImmediate(drip));
        }
      };
      drip();
    });
    const store = world.open().watch('pods');
    await store.settled();
    expect(names(store)).toEqual(['café']);
  });

  it('keeps to the namespaces given at opening', async () => {
    world.server.put(pods, pod('a', { namespace: 'one' }));
    world.server.put(pods, pod('b', { namespace: 'two' }));
    world.server.put(pods, pod('c', { namespace: 'three' }));
    const store = world.open({ namespaces: ['one', 'two'] }).watch('pods');
    await store.settled();
    expect(names(store)).toEqual(['a', 'b']);
    expect(world.watchesOf()).toEqual([]);
  });

  it('is of the whole cluster when the namespaces given are none', async () => {
    world.server.put(pods, pod('a'));
    const store = world.open({ namespaces: [] }).watch('pods');
    await store.settled();
    expect(names(store)).toEqual(['a']);
  });
});
