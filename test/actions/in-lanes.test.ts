import { describe, expect, it } from 'vitest';
import { inLanes } from '#actions/in-lanes.ts';

/** Work that goes on until a test lets it end, and what was ever going on at once. */
function aWorld() {
  const running = new Map<string, PromiseWithResolvers<void>>();
  const begun: string[] = [];
  const work = (name: string) => {
    begun.push(name);
    const one = Promise.withResolvers<void>();
    running.set(name, one);
    return one.promise.finally(() => running.delete(name));
  };
  const end = async (name: string) => {
    running.get(name)?.resolve();
    await new Promise(setImmediate);
  };
  return { work, end, begun, running };
}

const lane = (name: string) => ({ name: name.slice(0, 4), atATime: 2 });

describe('work in lanes', () => {
  it('takes as many of a lane as have room, and others past those that wait', async () => {
    const { work, end, begun } = aWorld();
    const done = inLanes(['pg-1/a', 'pg-1/b', 'pg-1/c', 'pg-2/d', 'pg-1/e'], lane, work);
    expect(begun).toEqual(['pg-1/a', 'pg-1/b', 'pg-2/d']);
    await end('pg-2/d');
    expect(begun).toHaveLength(3);
    await end('pg-1/b');
    expect(begun.at(-1)).toBe('pg-1/c');
    for (const name of ['pg-1/a', 'pg-1/c', 'pg-1/e']) {
      await end(name);
    }
    await done;
    expect(begun).toHaveLength(5);
  });

  it('goes four at a time where nobody shares anything', async () => {
    const { work, end, begun, running } = aWorld();
    const done = inLanes(['a', 'b', 'c', 'd', 'e', 'f'], () => null, work);
    expect(begun).toEqual(['a', 'b', 'c', 'd']);
    while (running.size > 0) {
      await end([...running.keys()][0] ?? '');
    }
    await done;
    expect(begun).toHaveLength(6);
  });

  it('passes a failure on', async () => {
    await expect(
      inLanes(
        ['a'],
        () => null,
        () => Promise.reject(new Error('no')),
      ),
    ).rejects.toThrow('no');
  });
});
