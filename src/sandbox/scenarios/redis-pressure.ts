import { randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import { preferring, type Scenario } from './scenario.ts';

const headroom = 4 * 1024 * 1024;
const cacheEntry = 'x'.repeat(32 * 1024);
const tooMuch = 'x'.repeat(3 * 1024 * 1024);
const cachePrefix = 'report-cache:';
const everyMs = 1000;

/** A cache without an end fills the sessions' Redis: sessions are evicted, and what finds no room is refused. */
export const redisPressure: Scenario = {
  name: 'redis-pressure',
  summary: 'Redis reaches maxmemory: sessions are evicted, users logged out, writes refused',
  defaultTenant: preferring('harbour-shoes'),
  async start({ redis }, tenant) {
    const before = await settingOf(redis, 'maxmemory');
    await redis.config('SET', 'maxmemory', String((await usedMemory(redis)) + headroom));
    await fill(redis);
    await crowd(redis, tenant.database);
    const timer = setInterval(() => void crowd(redis, tenant.database), everyMs);
    return async () => {
      clearInterval(timer);
      await redis.config('SET', 'maxmemory', before);
      await removeCache(redis);
    };
  },
};

/** Entries without an end of their own, until there is little room left. */
async function fill(redis: Redis): Promise<void> {
  const entries = Math.floor((headroom * 0.8) / cacheEntry.length);
  const pipeline = redis.pipeline();
  for (let n = 0; n < entries; n += 1) {
    pipeline.set(`${cachePrefix}${n}`, cacheEntry);
  }
  await pipeline.exec();
}

/** A crowd logs in, each newcomer at the cost of somebody's session; then something big finds no room at all. */
async function crowd(redis: Redis, database: string): Promise<void> {
  const pipeline = redis.pipeline();
  for (let n = 0; n < 40; n += 1) {
    const session = { db: database, login: null, context: { lang: 'en_US', cart: 'x'.repeat(20_000) } };
    pipeline.set(`session::${database}:${randomBytes(20).toString('hex')}`, JSON.stringify(session), 'EX', 10_800);
  }
  pipeline.set(`${cachePrefix}big`, tooMuch);
  await pipeline.exec().catch(() => undefined);
}

async function removeCache(redis: Redis): Promise<void> {
  for await (const keys of redis.scanStream({ match: `${cachePrefix}*`, count: 1000 })) {
    if (keys.length > 0) {
      await redis.unlink(...keys);
    }
  }
}

async function usedMemory(redis: Redis): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1] ?? 0);
}

async function settingOf(redis: Redis, name: string): Promise<string> {
  const found: unknown = await redis.config('GET', name);
  return Array.isArray(found) ? String(found[1]) : String((found as Record<string, unknown>)[name]);
}
