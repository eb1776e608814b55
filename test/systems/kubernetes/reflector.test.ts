import { describe, expect, it, vi } from 'vitest';
import { bookmarkAt, expired } from './fault-server.ts';
import { pod, pods } from './objects.ts';
import { names, reflecting, until } from './reflecting.ts';

const world = reflecting();

describe('a watch', () => {
  it('follows what is added, changed and deleted, and tells it in batches', async () => {
    const store = world.open().watch('pods');
    await store.settled();
    const heard = vi.fn();
    store.subscribe(heard);
    const before = store.version;
    world.server.put(pods, pod('a'));
    world.server.put(pods, pod('b'));
    world.server.put(pods, pod('a', { status: { phase: 'Failed', reason: 'Evicted' } }));
    world.server.delete(pods, pod('b'));
    await until(() => store.rows.size === 1 && [...store.rows.values()][0]?.status === 'Evicted');
    expect(names(store)).toEqual(['a']);
    expect(store.version).toBeGreaterThan(before);
    await until(() => heard.mock.calls.length > 0);
    expect(heard.mock.calls.length).toBeLessThan(4);
  });

  it('that ends properly carries on from the last event, without a new list', async () => {
    const store = world.open().watch('pods');
    await store.settled();
    world.server.put(pods, pod('a'));
    await until(() => store.rows.size === 1);
    world.server.end();
    await until(() => world.watchesOf().length === 2);
    expect(world.watchesOf()[1]?.query.get('resourceVersion')).toBe('1001');
    expect(world.watchesOf()[1]?.query.has('sendInitialEvents')).toBe(false);
    world.server.put(pods, pod('b'));
    await until(() => store.rows.size === 2);
    expect(store.state.phase).toBe('live');
  });

  it('of a quiet kind carries on from its last bookmark', async () => {
    const store = world.open().watch('pods');
    await store.settled();
    const version = store.version;
    const marked = world.server.bookmark(pods);
    await until(() => store.version > version);
    world.server.end();
    await until(() => world.watchesOf().length === 2);
    expect(world.watchesOf()[1]?.query.get('resourceVersion')).toBe(marked);
  });

  it('that is cut in the middle of a line forgets the half and carries on before it', async () => {
    world.server.put(pods, pod('a'));
    const store = world.open().watch('pods');
    await store.settled();
    world.server.write(pods, '{"type":"ADDED","object":{"metadata":{"name":"hal');
    world.server.drop();
    await until(() => world.watchesOf().length === 2);
    expect(world.watchesOf()[1]?.query.get('resourceVersion')).toBe('1001');
    world.server.put(pods, pod('b'));
    await until(() => store.rows.size === 2);
    expect(names(store)).toEqual(['a', 'b']);
    expect(store.state.phase).toBe('live');
  });

  it('whose server closes its half of the connection is opened anew', async () => {
    const store = world.open().watch('pods');
    await store.settled();
    world.server.halfClose();
    await until(() => world.watchesOf().length === 2 && world.server.watches === 1);
    world.server.put(pods, pod('a'));
    await until(() => store.rows.size === 1);
    expect(store.state.phase).toBe('live');
  });

  it('with a line that is no JSON reads everything anew instead of crashing', async () => {
    world.server.put(pods, pod('a'));
    const store = world.open().watch('pods');
    await store.settled();
    world.server.write(pods, '<html>bad gateway</html>\n');
    await until(() => world.watchesOf().length === 2);
    expect(world.watchesOf()[1]?.query.get('sendInitialEvents')).toBe('true');
    await until(() => store.state.phase === 'live' && world.server.watches === 1);
    expect(names(store)).toEqual(['a']);
  });

  it('with objects that are none passes over them', async () => {
    world.server.put(pods, pod('a'));
    const store = world.open().watch('pods');
    await store.settled();
    for (const object of [null, [], 'x', {}, { metadata: [] }, { metadata: { name: 7 } }]) {
      world.server.write(pods, `${JSON.stringify({ type: 'ADDED', object })}\n`);
    }
    world.server.put(pods, pod('b'));
    await until(() => store.rows.size >= 2);
    expect(names(store)).toEqual(['a', 'b']);
  });

  it.each(['null', '7', '[]', '{}', '{"type":"NEWS","object":{}}'])('with the line %s reads anew', async (line) => {
    const store = world.open().watch('pods');
    await store.settled();
    world.server.write(pods, `${line}\n`);
    await until(() => world.watchesOf().length === 2);
    expect(world.watchesOf()[1]?.query.get('sendInitialEvents')).toBe('true');
  });

  it.each([
    ['in the stream', () => world.server.write(pods, `${JSON.stringify(expired())}\n`)],
    [
      'as an HTTP status',
      () => {
        world.server.next(pods, ({ refuse }) => refuse(410, 'too old resource version'));
        world.server.end();
      },
    ],
  ])(
    'told that it is too old (410 %s) reads anew and keeps its rows until the new picture is whole',
    async (_, happen) => {
      world.server.put(pods, pod('gone'));
      world.server.put(pods, pod('kept'));
      const store = world.open().watch('pods');
      await store.settled();
      world.server.delete(pods, pod('gone'), false);
      let release = () => {};
      world.server.next('sendInitialEvents', ({ response, watch }) => {
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
    world.server.always(pods, ({ watch, response }) => {
      watch(expired());
      response.end();
    });
    const store = world.open().watch('pods');
    await until(() => world.watchesOf().length >= 5);
    expect(world.waits.slice(0, 4)).toEqual([0, 1200, 2400, 4800]);
    expect(store.state.phase).toBe('unreachable');
  });

  it('told that its version is not there yet (504) waits as asked and reads anew', async () => {
    world.server.put(pods, pod('a'));
    const message = 'Too large resource version: 99, current: 3';
    const details = { retryAfterSeconds: 4 };
    world.server.next(pods, ({ watch, response }) => {
      watch({ type: 'ERROR', object: { kind: 'Status', reason: 'Timeout', code: 504, message, details } });
      response.end();
    });
    const store = world.open().watch('pods');
    await until(() => store.state.phase === 'live');
    expect(world.waits).toContain(4000);
    expect(names(store)).toEqual(['a']);
  });
});
