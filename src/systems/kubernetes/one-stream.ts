import type { Clock } from '#text/clock.ts';
import { ReadFailure } from '../source.ts';
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
export type End =
  | { readonly how: 'ended' }
  | { readonly how: 'expired' }
  | { readonly how: 'no-watch-list' }
  | { readonly how: 'garbled'; readonly message: string }
  | { readonly how: 'failed'; readonly failure: ReadFailure };

/** Where the next stream begins. */
export class Resume {
  /** The resourceVersion to carry on from; null: the whole picture is needed. */
  from: string | null = null;
  hasWatchList = true;
  justExpired = false;
  /** Streams in a row that ended before they told anything. */
  emptyStreams = 0;
}

/** After so many empty streams an open one proves nothing: a proxy without its server opens each and drops it. */
const manyEmptyStreams = 3;

/** One stream, from its first byte to its end. Never throws. */
export async function follow<Row extends RowMeta>(reflection: Reflection<Row>, resume: Resume): Promise<End> {
  const { connection, part, path, row, what, signal } = reflection;
  try {
    if (resume.from === null && !resume.hasWatchList) {
      resume.from = await listPages({ connection, path, what: what.replace('watch', 'list'), part, row, signal });
    }
    const events = new Events(part, row, what, resume.from);
    try {
      return await watch(reflection, events, resume);
    } finally {
      resume.from = events.resourceVersion;
    }
  } catch (error) {
    return ending(error, resume);
  }
}

async function watch<Row extends RowMeta>(
  reflection: Reflection<Row>,
  events: Events<Row>,
  resume: Resume,
): Promise<End> {
  const { clock, connection, pace, part, path, pulse, what, signal } = reflection;
  const cut = new AbortController();
  let isTrusted = resume.emptyStreams < manyEmptyStreams;
  const trust = () => {
    resume.emptyStreams = 0;
    if (!isTrusted && events.isComplete) {
      isTrusted = true;
      part.following();
    }
  };
  const listening: Listening = {
    heardAt: clock.monotonic(),
    aliveAt: clock.monotonic(),
    alive: () => {
      trust();
      part.alive();
    },
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
  } else if (isTrusted) {
    part.following();
  }
  resume.emptyStreams += 1;
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
      trust();
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
