import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { Dispatcher } from 'undici';
import type { Clock } from '#text/clock.ts';
import { version } from '#text/version.ts';
import { broken, refused } from './failure.ts';
import type { Access, KubeconfigChoice } from './kubeconfig.ts';
import type { Pace } from './pace.ts';
import { Reach, type Reached } from './reach.ts';

/** Bytes as they come; ends, throws, or is ended by the signal that it was asked with. */
export type ByteStream = AsyncIterable<Uint8Array>;

interface Ask {
  /** In words, for a failure: `list pods`. */
  readonly what: string;
  readonly path: string;
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly body?: unknown;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly isCompressed?: boolean;
}

/** Asks one API server over HTTP. Opens nothing until asked. */
export class Connection {
  readonly #reach: Reach;
  readonly #pace: Pace;

  /** The signal ends what is under way when the reader is closed. */
  constructor(choice: KubeconfigChoice, clock: Clock, pace: Pace, signal: AbortSignal) {
    this.#reach = new Reach(choice, clock, pace, signal);
    this.#pace = pace;
  }

  /** One request, answered with JSON. Throws ReadFailure. */
  async json(ask: Omit<Ask, 'signal'> & { readonly deadlineMs: number; readonly signal?: AbortSignal }) {
    const deadline = AbortSignal.timeout(ask.deadlineMs);
    const signal = ask.signal === undefined ? deadline : AbortSignal.any([deadline, ask.signal]);
    return this.#send({ ...ask, signal }, 'requests', async (answer) => (await answer.body.json()) as unknown);
  }

  /** One request, answered with text. Throws ReadFailure. */
  async text(ask: Omit<Ask, 'signal'> & { readonly deadlineMs: number; readonly signal: AbortSignal }) {
    const signal = AbortSignal.any([AbortSignal.timeout(ask.deadlineMs), ask.signal]);
    return this.#send({ ...ask, signal }, 'requests', (answer) => answer.body.text());
  }

  /** A long answer, byte by byte. Throws ReadFailure for its beginning; the stream throws what breaks it later. */
  async stream(ask: Ask): Promise<ByteStream> {
    return this.#send(ask, 'watches', async (answer) => answer.body);
  }

  /** A long answer that is compressed on its way, which the API server does for lists and not for watches. */
  async download(ask: Ask): Promise<ByteStream> {
    return this.#send({ ...ask, isCompressed: true }, 'requests', async ({ body, headers }) => {
      if (headers['content-encoding'] !== 'gzip') {
        return body;
      }
      const plain = createGunzip();
      // What breaks the one breaks the other, and so whoever reads it.
      pipeline(body, plain, () => undefined);
      return plain;
    });
  }

  /**
   * Whether the link that the watches use still carries an answer of the API server, whatever it says: a token that has run
   * out does not end the watches that it opened (facts: kubernetes-verified.md §0), so no login is renewed here.
   */
  async isAlive(): Promise<boolean> {
    const reached = this.#reach.latest;
    if (reached === null) {
      return false;
    }
    try {
      const ask = { what: 'ask its version', path: '/version', signal: AbortSignal.timeout(this.#pace.probe) };
      const answer = await this.#once(reached, ask, 'watches');
      await answer.body.dump();
      return answer.statusCode < 500;
    } catch {
      return false;
    }
  }

  /** Gives the watches' connections up: the next stream gets a new one. */
  sever(): void {
    this.#reach.sever();
  }

  /** What a WebSocket needs: where to go, who we are, and a pool of its own to close after it. */
  async forUpgrade() {
    const reached = await this.#reach.now();
    return { ...reached, dispatcher: await this.#reach.http1(reached) };
  }

  close(): Promise<void> {
    return this.#reach.close();
  }

  async #send<T>(ask: Ask, on: 'watches' | 'requests', read: (answer: Dispatcher.ResponseData) => Promise<T>) {
    let server = '';
    try {
      const reached = await this.#reach.now();
      server = reached.access.server;
      let answer = await this.#once(reached, ask, on);
      if (answer.statusCode === 401) {
        // Once more with fresh credentials: a token may have run out, or have been renewed under us.
        await answer.body.dump();
        answer = await this.#once(await this.#reach.renewed(reached), ask, on);
      }
      if (answer.statusCode >= 400) {
        throw await this.#refusal(answer, ask);
      }
      return await read(answer);
    } catch (error) {
      throw broken(error, server);
    }
  }

  async #refusal({ body, headers, statusCode }: Dispatcher.ResponseData, { what }: Ask) {
    if (statusCode === 401) {
      this.#reach.forget();
    }
    const retryAfter = headers['retry-after'];
    const said = await body.text().then(parsed, () => null);
    return refused(statusCode, said, what, typeof retryAfter === 'string' ? retryAfter : null);
  }

  #once({ access, credentials, ...pools }: Reached, ask: Ask, on: 'watches' | 'requests') {
    const content = ask.body === undefined ? {} : { body: JSON.stringify(ask.body) };
    const request = pools[on].request({
      origin: new URL(access.server).origin,
      path: basePath(access) + ask.path,
      method: ask.method ?? 'GET',
      headers: {
        accept: 'application/json',
        'user-agent': `till/${version}`,
        ...(ask.isCompressed === true && { 'accept-encoding': 'gzip' }),
        ...(ask.body !== undefined && { 'content-type': ask.contentType ?? 'application/json' }),
        ...ask.headers,
        ...credentials.headers,
      },
      headersTimeout: this.#pace.answer,
      // A quiet watch is no broken one; whether the link lives is asked by the pulse.
      bodyTimeout: 0,
      signal: ask.signal,
      ...content,
    });
    return begun(request, AbortSignal.any([ask.signal, AbortSignal.timeout(this.#pace.answer)]));
  }
}

/**
 * undici heeds a signal only once there is a connection, and those who wait for one wait in a row, each for its own
 * time-out: five watches of a server that never shakes hands would take fifty seconds, and closing as long.
 */
async function begun(request: Promise<Dispatcher.ResponseData>, ended: AbortSignal): Promise<Dispatcher.ResponseData> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const end = () => reject(ended.reason);
  ended.addEventListener('abort', end, { once: true });
  try {
    ended.throwIfAborted();
    return await Promise.race([request, late]);
  } catch (error) {
    request.then(({ body }) => body.destroy()).catch(() => undefined);
    throw error;
  } finally {
    ended.removeEventListener('abort', end);
  }
}

/** An API server behind a path, as Rancher serves it. */
function basePath(access: Access): string {
  return new URL(access.server).pathname.replace(/\/+$/, '');
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}
