import type { Clock } from '#text/clock.ts';
import { ReadFailure } from '../source.ts';
import { Backoff } from './backoff.ts';
import { Breath } from './breath.ts';
import type { ByteStream, Connection } from './connection.ts';
import { Events, Garbled } from './events.ts';
import { ApiFailure } from './failure.ts';
import type { Foreign } from './foreign.ts';
import { EndlessLine, Lines } from './lines.ts';
import type { Pace, Wait } from './pace.ts';
import { listPages } from './paged-list.ts';
import type { Part } from './part.ts';
import type { Listening, Pulse } from './pulse.ts';
import type { RowMeta } from './rows.ts';

export interface Reflection<Row extends RowMeta> {
  /** `/api/v1/pods` */
  readonly path: string;
  /** In words, for messages: `watch pods`. */
  readonly what: string;
  readonly row: (foreign: Foreign) => Row;
  readonly part: Part<Row>;
  readonly connection: Connection;
  readonly pulse: Pulse;
  readonly clock: Clock;
  readonly random: () => number;
  readonly wait: Wait;
  readonly pace: Pace;
  readonly signal: AbortSignal;
}

/** How one stream ended. */
type End =
  | { readonly how: 'ended' }
  | { readonly how: 'expired' }
  | { readonly how: 'no-watch-list' }
  | { readonly how: 'garbled'; readonly message: string }
  | { readonly how: 'failed'; readonly failure: ReadFailure };

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
        if (end.failure.code === 'silent') {
          // Not even a bookmark: after a restore from backup our place may lie in the server's future, where a watch
          // hears nothing for ever (facts: kubernetes-verified.md §6).
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

/** Where the next stream begins. */
class Resume {
  /** The resourceVersion to carry on from; null: the whole picture is needed. */
  from: string | null = null;
  hasWatchList = true;
  justExpired = false;
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

/** One stream, from its first byte to its end. Never throws. */
async function follow<Row extends RowMeta>(reflection: Reflection<Row>, resume: Resume): Promise<End> {
  const { connection, part, path, row, what, signal } = reflection;
  try {
    if (resume.from === null && !resume.hasWatchList) {
      resume.from = await listPages({ connection, path, what: what.replace('watch', 'list'), part, row, signal });
    }
    const events = new Events(part, row, what, resume.from);
    try {
      return await watch(reflection, events);
    } finally {
      resume.from = events.resourceVersion;
    }
  } catch (error) {
    return ending(error, resume);
  }
}

async function watch<Row extends RowMeta>(reflection: Reflection<Row>, events: Events<Row>): Promise<End> {
  const { clock, connection, pace, part, path, pulse, what, signal } = reflection;
  const cut = new AbortController();
  const listening: Listening = {
    heardAt: clock.monotonic(),
    aliveAt: clock.monotonic(),
    alive: () => part.alive(),
    cut: (message, isSilent) => cut.abort(new ReadFailure('unreachable', message, isSilent ? 'silent' : 'ETIMEDOUT')),
  };
  const isFirstPicture = !events.isComplete;
  const stream = await connection.stream({
    what,
    path: `${path}?${watchQuery(reflection, events.resourceVersion)}`,
    signal: AbortSignal.any([signal, cut.signal]),
  });
  if (isFirstPicture) {
    part.begin();
  } else {
    part.following();
  }
  const stopListening = pulse.listen(listening);
  // A server that ignores `sendInitialEvents` sends what it has and never marks the end of it.
  const marker = setTimeout(() => {
    if (!events.isComplete) {
      cut.abort(new NoWatchList());
    }
  }, pace.marker);
  try {
    return await read(stream, events, part, () => {
      listening.heardAt = clock.monotonic();
      listening.aliveAt = listening.heardAt;
      if (!events.isComplete) {
        marker.refresh();
      }
    });
  } catch (error) {
    throw cut.signal.aborted ? cut.signal.reason : error;
  } finally {
    clearTimeout(marker);
    stopListening();
  }
}

/** Reads to the end of the stream, giving the event loop its turns. */
async function read<Row extends RowMeta>(
  stream: ByteStream,
  events: Events<Row>,
  part: Part<Row>,
  heard: () => void,
): Promise<End> {
  const lines = new Lines();
  const breath = new Breath();
  for await (const chunk of stream) {
    heard();
    for (const line of lines.of(chunk)) {
      const failure = events.take(line);
      if (failure !== null) {
        return failure.status === 410 ? { how: 'expired' } : { how: 'failed', failure };
      }
      if (breath.isDue) {
        part.told();
        await breath.take();
      }
    }
    part.told();
  }
  return { how: 'ended' };
}

function watchQuery({ random }: { readonly random: () => number }, from: string | null): URLSearchParams {
  const timeoutSeconds = String(300 + Math.floor(random() * 300));
  return new URLSearchParams({
    watch: '1',
    allowWatchBookmarks: 'true',
    timeoutSeconds,
    ...(from === null
      ? { sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan' }
      : { resourceVersion: from }),
  });
}

class NoWatchList extends Error {}

function ending(error: unknown, resume: Resume): End {
  if (error instanceof NoWatchList) {
    return { how: 'no-watch-list' };
  }
  if (error instanceof Garbled || error instanceof EndlessLine) {
    return { how: 'garbled', message: error.message };
  }
  if (error instanceof ApiFailure) {
    // What an API server without the feature says to `sendInitialEvents` (facts: kubernetes.md §5.1).
    if ((error.status === 400 || error.status === 422) && resume.from === null && resume.hasWatchList) {
      return { how: 'no-watch-list' };
    }
    return error.status === 410 ? { how: 'expired' } : { how: 'failed', failure: error };
  }
  const failure =
    error instanceof ReadFailure
      ? error
      : new ReadFailure('unreachable', 'the connection to the API server broke', codeOf(error), error);
  return { how: 'failed', failure };
}

function codeOf(error: unknown): string | null {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : null;
}
