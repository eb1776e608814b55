import { openRedis, type RedisReaderOptions } from '#systems/redis/open.ts';
import type { RedisReader } from '#systems/redis/server.ts';
import { systemClock } from '#text/clock.ts';

type Overrides = Partial<Omit<RedisReaderOptions, 'server'>> & {
  readonly server?: Partial<RedisReaderOptions['server']>;
};

export function reader(at: { readonly host: string; readonly port: number }, overrides: Overrides = {}): RedisReader {
  const { server, ...rest } = overrides;
  return openRedis({
    name: 'redis-1',
    server: { host: at.host, port: at.port, tls: false, holds: 'sessions', ...server },
    password: async () => undefined,
    address: async () => at,
    clock: systemClock,
    ...rest,
  });
}
