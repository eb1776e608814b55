import type { Dispatcher } from 'undici';
import type { Clock } from '#text/clock.ts';
import { CredentialSource, type Credentials, failureMs } from './credentials.ts';
import { dispatcherOf } from './dispatcher.ts';
import { type Access, accessOf, type KubeconfigChoice } from './kubeconfig.ts';
import type { Pace } from './pace.ts';

/** How the API server is reached now: where it is, who we are there, and the connections to it. */
export interface Reached {
  readonly access: Access;
  readonly credentials: Credentials;
  /** Long streams, which fill a connection of 100, apart from what must be answered at once (facts: -verified.md §6). */
  readonly watches: Dispatcher;
  readonly requests: Dispatcher;
}

interface Login {
  readonly access: Access;
  readonly source: CredentialSource;
}

/** Finds the way to one context, and finds it anew when it has changed. Opens nothing until asked. */
export class Reach {
  readonly #choice: KubeconfigChoice;
  readonly #clock: Clock;
  readonly #pace: Pace;
  readonly #signal: AbortSignal;
  #login: Promise<Login> | null = null;
  /** When credentials could last not be had, monotonic. */
  #failedAt: number | null = null;
  #reached: Reached | null = null;
  readonly #retired = new Set<Dispatcher>();

  /** The signal ends what is under way when the reader is closed. */
  constructor(choice: KubeconfigChoice, clock: Clock, pace: Pace, signal: AbortSignal) {
    this.#choice = choice;
    this.#clock = clock;
    this.#pace = pace;
    this.#signal = signal;
  }

  async now(): Promise<Reached> {
    const { access, source } = await this.#loggedIn();
    try {
      const reached = await this.#with(access, await source.current());
      this.#failedAt = null;
      return reached;
    } catch (error) {
      this.#failedAt ??= this.#clock.monotonic();
      throw error;
    }
  }

  /** As it was reached last; no login is renewed for asking. */
  get latest(): Reached | null {
    return this.#reached;
  }

  /** With fresh credentials, after the server refused these. */
  async renewed(refused: Reached): Promise<Reached> {
    const { access, source } = await this.#loggedIn();
    return this.#with(access, await source.renewed(refused.credentials));
  }

  /** The server knows us in no way: read the kubeconfig anew next time. */
  forget(): void {
    this.#login = null;
  }

  /** Gives the watches' connections up: the next stream gets a new one. */
  sever(): void {
    const reached = this.#reached;
    if (reached !== null) {
      this.#reached = null;
      void reached.watches.destroy().catch(() => undefined);
      this.#retire(reached.requests);
    }
  }

  /** Connections of HTTP/1.1, which a WebSocket begins with. */
  http1({ access, credentials }: Reached): Promise<Dispatcher> {
    return this.#dispatcher(access, credentials, false);
  }

  async close(): Promise<void> {
    const open = this.#reached === null ? [] : [this.#reached.watches, this.#reached.requests];
    this.#reached = null;
    await Promise.all([...this.#retired, ...open].map((dispatcher) => dispatcher.destroy().catch(() => undefined)));
  }

  /** The kubeconfig as it was read; anew when it would not do, or not for a while: a person may have logged in. */
  async #loggedIn(): Promise<Login> {
    if (this.#failedAt !== null && this.#clock.monotonic() - this.#failedAt >= failureMs) {
      this.#login = null;
      this.#failedAt = null;
    }
    const limits = { deadlineMs: this.#pace.plugin, signal: this.#signal };
    this.#login ??= accessOf(this.#choice).then((access) => ({
      access,
      source: new CredentialSource(access, this.#clock, limits),
    }));
    try {
      return await this.#login;
    } catch (error) {
      this.#login = null;
      throw error;
    }
  }

  async #with(access: Access, credentials: Credentials): Promise<Reached> {
    const old = this.#reached;
    if (old !== null && old.credentials === credentials) {
      return old;
    }
    if (old !== null && old.access === access && canShareConnections(old.credentials, credentials)) {
      this.#reached = { ...old, credentials };
      return this.#reached;
    }
    const [watches, requests] = await Promise.all([
      this.#dispatcher(access, credentials, true),
      this.#dispatcher(access, credentials, true),
    ]);
    if (this.#reached !== old && this.#reached !== null) {
      // Another request made them while we did.
      return this.#reached;
    }
    this.#reached = { access, credentials, watches, requests };
    if (old !== null) {
      this.#retire(old.watches);
      this.#retire(old.requests);
    }
    return this.#reached;
  }

  #dispatcher(access: Access, credentials: Credentials, mayUseH2: boolean): Promise<Dispatcher> {
    return dispatcherOf(access, credentials, { mayUseH2, connectMs: this.#pace.answer, env: this.#choice.env });
  }

  /** Lets what runs end, and takes nothing new. */
  #retire(dispatcher: Dispatcher): void {
    this.#retired.add(dispatcher);
    const forget = () => this.#retired.delete(dispatcher);
    dispatcher.close().then(forget, forget);
  }
}

/** A new token rides on the old connections; a new certificate needs others. */
function canShareConnections(a: Credentials, b: Credentials): boolean {
  return a.ca === b.ca && a.certificate === b.certificate && a.key === b.key;
}
