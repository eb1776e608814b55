import { beforeEach, describe, expect, it } from 'vitest';
import { pod, pods } from './objects.ts';
import { names, reflecting, until } from './reflecting.ts';

const world = reflecting();

describe('a server that refuses', () => {
  it('with 429 is asked again after the time it names', async () => {
    world.server.put(pods, pod('a'));
    world.server.next(pods, ({ refuse }) => refuse(429, 'slow down', { 'retry-after': '7' }));
    const store = world.open().watch('pods');
    await until(() => store.state.phase === 'live');
    expect(world.waits[0]).toBe(7000);
    expect(names(store)).toEqual(['a']);
  });

  it('with 500 is asked again after longer and longer', async () => {
    const stop = world.server.always(pods, ({ refuse }) => refuse(500, 'etcdserver: no leader'));
    const store = world.open().watch('pods');
    await until(() => world.watchesOf().length >= 8);
    expect(world.waits.slice(0, 7)).toEqual([1200, 2400, 4800, 9600, 19_200, 38_400, 45_000]);
    expect(store.state).toMatchObject({
      phase: 'unreachable',
      message: 'the API server answered 500: etcdserver: no leader',
    });
    stop();
    await until(() => store.state.phase === 'live');
  });

  it('with 401 once gets fresh credentials', async () => {
    world.server.put(pods, pod('a'));
    world.server.next(pods, ({ refuse }) => refuse(401));
    const store = world.open().watch('pods');
    await store.settled();
    expect(store.state.phase).toBe('live');
    expect(world.watchesOf()).toHaveLength(2);
  });

  it('with 401 again and again makes the kind unauthenticated, not unreachable', async () => {
    world.server.always(pods, ({ refuse }) => refuse(401));
    const store = world.open().watch('pods');
    await store.settled();
    expect(store.state).toMatchObject({
      phase: 'unauthenticated',
      message: 'the API server does not know us (401): log in again',
    });
    expect(world.waits.every((ms) => ms >= 30_000)).toBe(true);
  });
});

describe('a person who may not read the whole cluster', () => {
  beforeEach(() => {
    world.server.always(pods, ({ path, refuse, serve }) => (path === pods ? refuse(403) : serve()));
    world.server.put(pods, pod('a', { namespace: 'one' }));
    world.server.put(pods, pod('b', { namespace: 'two' }));
  });

  it('sees each known namespace', async () => {
    const store = world.open({ knownNamespaces: () => ['one', 'two'] }).watch('pods');
    await store.settled();
    expect(names(store)).toEqual(['a', 'b']);
    expect(store.state).toMatchObject({ phase: 'live', message: null });
  });

  it('sees a namespace that becomes known later, and no longer one that is given up', async () => {
    let known = ['one'];
    const store = world.open({ knownNamespaces: () => known }).watch('pods');
    await store.settled();
    expect(names(store)).toEqual(['a']);
    known = ['two'];
    await until(() => names(store).join() === 'b');
    await until(() => world.server.watches === 1);
  });

  it('is asked for the whole cluster again when no namespace is left', async () => {
    let known = ['one'];
    const store = world.open({ knownNamespaces: () => known }).watch('pods');
    await store.settled();
    known = [];
    await until(() => store.state.phase === 'forbidden');
    expect(names(store)).toEqual([]);
    known = ['two'];
    await until(() => names(store).join() === 'b');
  });

  it('is told so when no namespace is known', async () => {
    const store = world.open().watch('pods');
    await store.settled();
    expect(store.state).toMatchObject({ phase: 'forbidden', message: 'we may not watch pods (403)' });
    await until(() => world.watchesOf().length >= 3);
    expect(world.waits.reduce((sum, ms) => sum + ms, 0)).toBeGreaterThanOrEqual(120_000);
  });

  it('sees the other namespaces when one of them is forbidden too, and is told which', async () => {
    world.server.always('/namespaces/two/pods', ({ refuse }) => refuse(403));
    const store = world.open({ knownNamespaces: () => ['one', 'two'] }).watch('pods');
    await store.settled();
    expect(names(store)).toEqual(['a']);
    expect(store.state).toMatchObject({ phase: 'live', message: 'we may not read two (403)' });
  });

  it('is told so for kinds that belong to no namespace', async () => {
    world.server.always('/api/v1/nodes', ({ refuse }) => refuse(403));
    const store = world.open({ knownNamespaces: () => ['one'] }).watch('nodes');
    await store.settled();
    expect(store.state.phase).toBe('forbidden');
  });
});
