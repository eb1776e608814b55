import type { Kind } from '../kinds/kind.ts';
import type { Change } from '../store/history.ts';
import type { Store } from '../store/store.ts';
import type { StoredObject, Timers } from '../types.ts';
import type { Response } from './answer.ts';
import { checkMatch, chosenBy, integer, versionOf, type WaitForVersion } from './list.ts';
import type { Renderer } from './render.ts';
import { expired, type Refusal, tooLargeVersion } from './status.ts';
import { isOn } from './target.ts';

/** A real server's bookmarks come about once a minute. */
const bookmarkEveryMs = 60_000;
const batchSize = 200;

export interface WatchRequest {
  readonly store: Store;
  readonly kind: Kind;
  readonly namespace: string | undefined;
  readonly query: URLSearchParams;
  readonly renderer: Renderer;
  readonly response: Response;
  readonly timers: Timers;
  readonly reached: WaitForVersion;
}

/**
 * Streams changes of one kind until the client leaves or its time is up. It pulls from the store's history, at the pace at
 * which the client reads: a slow client costs a number, not a queue, and one that falls out of the window is told 410.
 */
export async function watch(request: WatchRequest): Promise<void> {
  const { query, kind, response, store } = request;
  checkMatch(query);
  const chosen = chosenBy(kind, query) ?? (() => true);
  const asked = versionOf(query);
  response.writeHead(200, { 'content-type': 'application/json' });
  response.flushHeaders();
  const stream = new WatchStream(request, chosen);

  const seconds = integer(query.get('timeoutSeconds'));
  let stopTimer = (): void => {};
  try {
    const isWatchList = query.get('sendInitialEvents') === 'true';
    if (isWatchList) {
      if (asked !== undefined && asked > store.version && !(await request.reached(asked))) {
        await stream.fail(tooLargeVersion(asked, store.version));
        return;
      }
    }
    if (seconds > 0) {
      stopTimer = request.timers.after(seconds * 1000, () => stream.end());
    }
    if (isWatchList) {
      await stream.initial(isOn(query.get('allowWatchBookmarks')));
    } else if (asked === undefined || asked === 0) {
      if (query.get('sendInitialEvents') !== 'false') {
        await stream.initial(false);
      }
    } else {
      stream.from(asked);
    }
    await stream.follow();
  } finally {
    stopTimer();
    stream.end();
  }
}

class WatchStream {
  readonly #request: WatchRequest;
  readonly #chosen: (object: StoredObject) => boolean;
  #wake = Promise.withResolvers<void>();
  #drained = Promise.withResolvers<void>();
  /** Everything up to here has been sent, or was not for this client. */
  #cursor: number;
  #told = 0;
  #isOver = false;

  constructor(request: WatchRequest, chosen: (object: StoredObject) => boolean) {
    this.#request = request;
    this.#chosen = chosen;
    this.#cursor = request.store.version;
    request.response.on('close', () => this.end());
    request.response.on('drain', () => this.#drained.resolve());
  }

  /** The objects there are, as ADDED; then, for a WatchList, the mark that they were all. */
  async initial(withMark: boolean): Promise<void> {
    const { store, kind, namespace, renderer } = this.#request;
    this.#cursor = store.version;
    const entries = store.entries(kind, namespace).filter(({ object }) => this.#chosen(object));
    for (let at = 0; at < entries.length && !this.#isOver; at += batchSize) {
      await this.#write(entries.slice(at, at + batchSize).flatMap((entry) => renderer.event('ADDED', entry)));
    }
    if (withMark) {
      this.#told = this.#cursor;
      await this.#write(renderer.bookmark(this.#cursor, true));
    }
  }

  from(version: number): void {
    this.#cursor = version;
    this.#told = version;
  }

  async follow(): Promise<void> {
    const { store, kind, query, timers } = this.#request;
    const stopListening = store.onChange(({ entry }) => {
      if (entry.kind.plural === kind.plural && entry.kind.group === kind.group) {
        this.#wake.resolve();
      }
    });
    let stopBookmarks = (): void => {};
    const bookmark = (): void => {
      this.#bookmark();
      stopBookmarks = timers.after(bookmarkEveryMs, bookmark);
    };
    if (isOn(query.get('allowWatchBookmarks'))) {
      stopBookmarks = timers.after(bookmarkEveryMs, bookmark);
    }
    try {
      while (!this.#isOver) {
        if (!(await this.#sendNew())) {
          return;
        }
        await this.#wake.promise;
        this.#wake = Promise.withResolvers();
      }
    } finally {
      stopListening();
      stopBookmarks();
    }
  }

  /** An error inside the stream: HTTP has said 200 already (facts: kubernetes-verified.md §6). */
  async fail(refusal: Refusal): Promise<void> {
    await this.#write([Buffer.from(`${JSON.stringify({ type: 'ERROR', object: refusal.status })}\n`)]);
    this.end();
  }

  end(): void {
    if (!this.#isOver) {
      this.#isOver = true;
      this.#wake.resolve();
      this.#drained.resolve();
      this.#request.response.end();
    }
  }

  /** False when the stream is over because the past it needs is gone. */
  async #sendNew(): Promise<boolean> {
    const { store, kind } = this.#request;
    for (;;) {
      const changes = store.changesAfter(kind, this.#cursor);
      if (changes === undefined) {
        await this.fail(expired(`too old resource version: ${this.#cursor} (${store.version})`));
        return false;
      }
      const batch = changes.slice(0, batchSize);
      if (batch.length === 0 || this.#isOver) {
        return !this.#isOver;
      }
      this.#cursor = batch.at(-1)?.version ?? this.#cursor;
      await this.#write(batch.flatMap((change) => this.#piecesOf(change)));
    }
  }

  /** A change as this client sees it: what its selector lets in appears as ADDED, what it drops as DELETED. */
  #piecesOf({ type, entry, before }: Change): readonly Buffer[] {
    const { namespace, renderer } = this.#request;
    if (namespace !== undefined && entry.object.metadata.namespace !== namespace) {
      return [];
    }
    const isIn = type !== 'DELETED' && this.#chosen(entry.object);
    const wasIn = before !== undefined && this.#chosen(before.object);
    if (isIn) {
      this.#told = entry.version;
      return renderer.event(wasIn ? 'MODIFIED' : 'ADDED', entry);
    }
    if (!wasIn) {
      return [];
    }
    this.#told = entry.version;
    return renderer.event('DELETED', entry);
  }

  #bookmark(): void {
    const { store, renderer } = this.#request;
    const changes = store.changesAfter(this.#request.kind, this.#cursor);
    // Only when all that lies before it has gone out, and only when it says something new.
    if (changes?.length === 0 && store.version > this.#told) {
      this.#cursor = store.version;
      this.#told = store.version;
      void this.#write(renderer.bookmark(store.version, false));
    }
  }

  async #write(pieces: readonly Buffer[]): Promise<void> {
    const { response } = this.#request;
    if (this.#isOver || pieces.length === 0) {
      return;
    }
    this.#drained = Promise.withResolvers();
    if (!response.write(Buffer.concat(pieces))) {
      await this.#drained.promise;
    }
  }
}
