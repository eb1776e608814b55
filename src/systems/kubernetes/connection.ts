import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { Dispatcher } from 'undici';
import type { Clock } from '#text/clock.ts';
import { version } from '#text/version.ts';
import { CredentialSource, type Credentials } from './credentials.ts';
import { canShareConnections, dispatcherOf } from './dispatcher.ts';
import { broken, refused } from './failure.ts';
import { type Access, accessOf, type KubeconfigChoice } from './kubeconfig.ts';
import type { Pace } from './pace.ts';

/** Bytes as they come; ends, throws, or is ended by the signal that it was asked with. */
export type ByteStream = AsyncIterable<Uint8Array>;

interface Session {
  readonly access: Access;
  readonly source: CredentialSource;
}

interface Agents {
  readonly credentials: Credentials;
  /** Long streams, which fill a connection of 100, apart from what must be answered at once (facts: -verified.md §6). */
  readonly watches: Dispatcher;
  readonly requests: Dispatcher;
}

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

/** The HTTP side of one context: its address, credentials and connections. Opens nothing until asked. */
export class Connection {
  readonly #choice: KubeconfigChoice;
  readonly #clock: Clock;
  readonly #pace: Pace;
  readonly #signal: AbortSignal;
  #session: Promise<Session> | null = null;
  #agents: Agents | null = null;
  readonly #retired = new Set<Dispatcher>();

  /** The signal ends what is under way when the reader is closed. */
  constructor(choice: KubeconfigChoice, clock: Clock, pace: Pace, signal: AbortSignal) {
    this.#choice = choice;
    this.#clock = clock;
    this.#pace = pace;
    this.#signal = signal;
  }

  /** One request, answered with JSON. Throws ReadFailure. */
  async json(ask: Omit<Ask, 'signal'> & { readonly deadlineMs: number; readonly signal?: AbortSignal }) {
    const deadline = AbortSignal.timeout(ask.deadlineMs);
    const signal = ask.signal === undefined ? deadline : AbortSignal.any([deadline, ask.signal]);
    return this.#send({ ...ask, signal }, 'requests', async (answer) => (await answer.body.json()) as unknown);
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

  /** Whether the link that the watches use still carries an answer of the API server, whatever it says. */
  async isAlive(): Promise<boolean> {
    try {
      const { access, agents } = await this.#ready();
      const answer = await agents.watches.request({
        origin: new URL(access.server).origin,
        path: `${basePath(access)}/version`,
        method: 'GET',
        headers: agents.credentials.headers,
        signal: AbortSignal.timeout(this.#pace.probe),
      });
      await answer.body.dump();
      return answer.statusCode < 500;
    } catch {
      return false;
    }
  }

  /** Gives the watches' connections up: the next stream gets a new one. */
  sever(): void {
    const agents = this.#agents;
    if (agents !== null) {
      this.#agents = null;
      void agents.watches.destroy().catch(() => undefined);
      this.#retire(agents.requests);
    }
  }

  /** What a WebSocket needs: where to go and who we are. HTTP/1.1, because an upgrade is. */
  async forUpgrade() {
    const { access, agents } = await this.#ready();
    return {
      access,
      credentials: agents.credentials,
      dispatcher: await this.#dispatcher(access, agents.credentials, false),
    };
  }

  async close(): Promise<void> {
    const all = [...this.#retired, ...(this.#agents === null ? [] : [this.#agents.watches, this.#agents.requests])];
    this.#agents = null;
    await Promise.all(all.map((dispatcher) => dispatcher.destroy().catch(() => undefined)));
  }

  async #send<T>(ask: Ask, on: 'watches' | 'requests', read: (answer: Dispatcher.ResponseData) => Promise<T>) {
    let server = '';
    try {
      let { access, source, agents } = await this.#ready();
      server = access.server;
      let answer = await this.#once(access, agents, ask, on);
      if (answer.statusCode === 401) {
        // Once more with fresh credentials; a kubeconfig or a token may have been renewed under us.
        await answer.body.dump();
        const refusedWith = agents.credentials;
        agents = await this.#agentsFor(access, await source.renewed(refusedWith));
        answer = await this.#once(access, agents, ask, on);
      }
      if (answer.statusCode >= 400) {
        if (answer.statusCode === 401) {
          this.#session = null;
        }
        const retryAfter = answer.headers['retry-after'];
        const body = await answer.body.text().then(parsed, () => null);
        throw refused(answer.statusCode, body, ask.what, typeof retryAfter === 'string' ? retryAfter : null);
      }
      return await read(answer);
    } catch (error) {
      throw broken(error, server);
    }
  }

  #once(access: Access, agents: Agents, ask: Ask, on: 'watches' | 'requests') {
    const content = ask.body === undefined ? {} : { body: JSON.stringify(ask.body) };
    return agents[on].request({
      origin: new URL(access.server).origin,
      path: basePath(access) + ask.path,
      method: ask.method ?? 'GET',
      headers: {
        accept: 'application/json',
        'user-agent': `till/${version}`,
        ...(ask.isCompressed === true && { 'accept-encoding': 'gzip' }),
        ...(ask.body !== undefined && { 'content-type': ask.contentType ?? 'application/json' }),
        ...ask.headers,
        ...agents.credentials.headers,
      },
      headersTimeout: this.#pace.answer,
      // A quiet watch is no broken one; whether the link lives is asked by the pulse.
      bodyTimeout: 0,
      signal: ask.signal,
      ...content,
    });
  }

  async #ready() {
    const limits = { deadlineMs: this.#pace.plugin, signal: this.#signal };
    this.#session ??= accessOf(this.#choice).then((access) => ({
      access,
      source: new CredentialSource(access, this.#clock, limits),
    }));
    let session: Session;
    try {
      session = await this.#session;
    } catch (error) {
      // Read anew next time: the file may have been mended.
      this.#session = null;
      throw error;
    }
    const agents = await this.#agentsFor(session.access, await session.source.current());
    return { ...session, agents };
  }

  async #agentsFor(access: Access, credentials: Credentials): Promise<Agents> {
    const old = this.#agents;
    if (old !== null && old.credentials === credentials) {
      return old;
    }
    if (old !== null && canShareConnections(old.credentials, credentials)) {
      this.#agents = { ...old, credentials };
      return this.#agents;
    }
    const fresh = {
      credentials,
      watches: await this.#dispatcher(access, credentials, true),
      requests: await this.#dispatcher(access, credentials, true),
    };
    if (this.#agents !== old && this.#agents !== null) {
      // Another request made them while we did.
      return this.#agents;
    }
    this.#agents = fresh;
    if (old !== null) {
      this.#retire(old.watches);
      this.#retire(old.requests);
    }
    return fresh;
  }

  #dispatcher(access: Access, credentials: Credentials, mayUseH2: boolean): Promise<Dispatcher> {
    return dispatcherOf(access, credentials, { mayUseH2, connectMs: this.#pace.answer, env: this.#choice.env });
  }

  /** Lets what runs end, and takes nothing new. */
  #retire(dispatcher: Dispatcher): void {
    this.#retired.add(dispatcher);
    void dispatcher.close().then(
      () => this.#retired.delete(dispatcher),
      () => this.#retired.delete(dispatcher),
    );
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
