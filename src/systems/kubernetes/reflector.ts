import type { ReadFailure } from '../source.ts';
import { Backoff } from './backoff.ts';
import { ApiFailure } from './failure.ts';
import { follow, type Reflection, Resume } from './one-stream.ts';
import type { RowMeta } from './rows.ts';

/**
 * Keeps a part's rows equal to the server's until the signal ends it, or the server forbids it, which it returns:
 * WatchList where the server has it, else a paged list and a watch (facts: kubernetes.md §5.4, kubernetes-verified.md §6).
 */
export async function reflect<Row extends RowMeta>(reflection: Reflection<Row>): Promise<ApiFailure | null> {
  const { clock, pace, part, signal, wait } = reflection;
  const backoff = new Backoff(reflection.random);
  const resume = new Resume();
  while (!signal.aborted) {
    const begun = clock.monotonic();
    const end = await follow(reflection, resume);
    if (signal.aborted) {
      break;
    }
    const wasHealthy = clock.monotonic() - begun >= pace.healthy;
    if (wasHealthy) {
      backoff.reset();
    }
    switch (end.how) {
      case 'no-watch-list':
        resume.hasWatchList = false;
        continue;
      case 'expired':
        resume.from = null;
        part.lost('it fell too far behind and is being read anew');
        // The first time at once; a server that calls each new picture expired is not asked in a loop.
        await wait(resume.justExpired ? backoff.next() : 0, signal);
        resume.justExpired = true;
        continue;
      case 'ended':
        part.lost(resume.from === null ? 'the API server ended its first picture half-way' : 'the stream ended');
        await wait(wasHealthy ? 0 : backoff.next(), signal);
        break;
      case 'garbled':
        resume.from = null;
        part.lost(`the API server sent what cannot be read: ${end.message}`);
        await wait(backoff.next(), signal);
        break;
      case 'failed': {
        if (end.failure instanceof ApiFailure && end.failure.status === 403) {
          return end.failure;
        }
        if (isAheadOfServer(end.failure)) {
          resume.from = null;
        }
        await wait(afterFailure(reflection, end.failure, wasHealthy ? 0 : backoff.next()), signal);
        break;
      }
    }
    resume.justExpired = false;
  }
  return null;
}

/**
 * After a restore from backup our place may lie in the server's future. It says so, or tells nothing for ever, not even a
 * bookmark (facts: kubernetes-verified.md §6).
 */
function isAheadOfServer({ code, message }: ReadFailure): boolean {
  return code === 'silent' || (code === '504' && message.includes('Too large resource version'));
}

/** Says what is wrong; returns how long to wait. */
function afterFailure<Row extends RowMeta>(reflection: Reflection<Row>, failure: ReadFailure, backoffMs: number) {
  const { part, pace } = reflection;
  if (failure.code === '401' || failure.code === 'unauthenticated') {
    part.denied('unauthenticated', failure.message);
    return pace.denied / 2;
  }
  part.lost(failure.message);
  if (failure instanceof ApiFailure) {
    return failure.status === 404 ? pace.denied : Math.max(failure.retryAfterMs ?? 0, backoffMs);
  }
  return backoffMs;
}
