import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { loadEstate } from '#estate/load.ts';
import { openWatcher } from '#health/watch.ts';
import type { Clock } from '#text/clock.ts';
import { folderOf } from '../estate/folder.ts';
import { type BadLink, startProxy } from '../proxy.ts';
import { startTestRedis, type TestRedis } from '../servers.ts';

const day = 86_400_000;
/** So many seconds of the watcher's pass in one of ours. */
const pace = 20;

let redis: TestRedis;

beforeAll(async () => {
  redis = await startTestRedis();
});
afterAll(() => redis.stop());

/** A clock that runs fast and whose wall time somebody sets. */
function settableClock(): Clock & { set(milliseconds: number): void } {
  const began = performance.now();
  const start = Date.UTC(2026, 10, 27, 9, 41);
  let offset = 0;
  const monotonic = () => (performance.now() - began) * pace;
  return {
    now: () => start + offset + monotonic(),
    monotonic,
    set: (milliseconds) => {
      offset += milliseconds;
    },
  };
}

/** An estate of one Redis behind a link that can fail, watched live. */
async function watched() {
  const link = await startProxy(redis);
  const folder = await folderOf({
    'estate.yaml': `apiVersion: till/v1
id: 7b7c3c2e-54d4-4f43-9f12-5d8d3f0d5d10
name: clocks
redis: { redis-1: { host: ${link.host}, port: ${link.port}, password: { env: REDIS } } }
tenants: [{ name: harbour-shoes, redis: redis-1 }]
`,
  });
  const clock = settableClock();
  const env = { REDIS: redis.password, XDG_STATE_HOME: join(folder, 'state') };
  const watcher = await openWatcher({ estate: await loadEstate(join(folder, 'estate.yaml')), clock, env });
  onTestFinished(async () => {
    await watcher.close();
    await link.close();
  });
  watcher.subscribe(() => undefined);
  const tenant = () => watcher.picture().tenants[0];
  const memory = () => tenant()?.signals.find(({ name }) => name === 'redis-memory');
  /** Seconds, as a screen shows them. */
  const age = () => (clock.now() - Date.parse(tenant()?.observedAt ?? '')) / 1000;
  await vi.waitFor(() => expect(memory()?.grade).toBe('ok'), 5000);
  return { clock, link, memory, age };
}

async function cutOff(link: BadLink): Promise<void> {
  link.refuse();
  link.cut();
}

describe('a clock that is set', () => {
  it.each([
    ['back', -day],
    ['forward', day],
  ])('%s by a day while all is well: soon all is well again, and no age is of another day', async (_, jump) => {
    const { clock, memory, age } = await watched();
    clock.set(jump);
    await vi.waitFor(() => {
      expect(memory()?.grade).toBe('ok');
      expect(age()).toBeGreaterThan(-1);
      expect(age()).toBeLessThan(60);
    }, 5000);
  });

  it('back by a day just before a server goes away: nothing stays green', async () => {
    const { clock, link, memory } = await watched();
    clock.set(-day);
    await cutOff(link);
    await vi.waitFor(() => expect(memory()).toMatchObject({ grade: 'unknown', reason: 'unreachable' }), 5000);
    expect(memory()?.message).toMatch(/last seen \d+s ago$/);
  });

  it('forward by a day just after a server went away: what is known is a day old, and says so', async () => {
    const { clock, link, memory } = await watched();
    await cutOff(link);
    clock.set(day);
    await vi.waitFor(() => expect(memory()).toMatchObject({ grade: 'unknown', reason: 'unreachable' }), 5000);
    expect(memory()?.message).toMatch(/last seen 1d0h ago$/);
  });

  it('back and forth many times: the readings go on', async () => {
    const { clock, memory, link } = await watched();
    for (const jump of [day, -day, -day, 3 * day, -2 * day]) {
      clock.set(jump);
      const accepted = memory()?.observedAt;
      await vi.waitFor(() => {
        expect(memory()?.grade).toBe('ok');
        expect(memory()?.observedAt).not.toBe(accepted);
      }, 5000);
    }
    expect(link.open).toBe(1);
  });
});
