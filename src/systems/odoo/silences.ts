import type { Clock } from '#text/clock.ts';
import { FrontFailure } from './failure.ts';

/** So many hosts without an answer, and none with one in between, are not so many hanging tenants. */
const enough = 6;

/** Tells a front that hangs from tenants that hang behind it: by whether it answers for anybody. */
export interface Silences {
  /** Passes on what `ask` comes to, but for the silence of one host too many: that one is the front's. */
  listen<T>(host: string, ask: () => Promise<T>): Promise<T>;
}

export function openSilences(name: string, clock: Clock): Silences {
  const silent = new Set<string>();
  let answeredAt = Number.NEGATIVE_INFINITY;

  return {
    async listen(host, ask) {
      const startedAt = clock.monotonic();
      try {
        const answer = await ask();
        answeredAt = clock.monotonic();
        silent.clear();
        return answer;
      } catch (failure) {
        const isSilence = failure instanceof FrontFailure && failure.scope === 'tenant' && failure.code === 'ETIMEDOUT';
        if (!isSilence || answeredAt >= startedAt) {
          throw failure;
        }
        silent.add(host);
        if (silent.size < enough) {
          throw failure;
        }
        const words = `accepts connections but answered for none of the last ${silent.size} hosts`;
        throw new FrontFailure('front', failure.reason, `${name}: the front ${words}`, failure.code, failure);
      }
    },
  };
}
