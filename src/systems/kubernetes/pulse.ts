import type { Clock } from '#text/clock.ts';
import type { Pace } from './pace.ts';

/** An open stream, as the pulse sees it. */
export interface Listening {
  /** When it last carried a byte, monotonic milliseconds. */
  heardAt: number;
  /** When it, or its link, was last known to be good. */
  aliveAt: number;
  /** The link answers. */
  alive(): void;
  /** Ends the stream. Silent: the link answers and the stream alone tells nothing. */
  cut(message: string, isSilent: boolean): void;
}

/**
 * Tells a quiet stream from a dead one. A kind without changes says nothing for a minute, and so does a link that a
 * firewall forgot; while nothing is heard, one small request on the watches' own connection asks for all of them.
 */
export class Pulse {
  readonly #streams = new Set<Listening>();
  readonly #clock: Clock;
  readonly #pace: Pace;
  readonly #isAlive: () => Promise<boolean>;
  readonly #sever: () => void;
  #timer: NodeJS.Timeout | null = null;
  #isAsking = false;

  constructor(clock: Clock, pace: Pace, isAlive: () => Promise<boolean>, sever: () => void) {
    this.#clock = clock;
    this.#pace = pace;
    this.#isAlive = isAlive;
    this.#sever = sever;
  }

  listen(stream: Listening): () => void {
    this.#streams.add(stream);
    this.#timer ??= setInterval(() => void this.#beat(), Math.ceil(this.#pace.quiet / 4)).unref();
    return () => {
      this.#streams.delete(stream);
      if (this.#streams.size === 0) {
        this.stop();
      }
    };
  }

  stop(): void {
    clearInterval(this.#timer ?? undefined);
    this.#timer = null;
  }

  async #beat(): Promise<void> {
    const now = this.#clock.monotonic();
    for (const stream of this.#streams) {
      if (now - stream.heardAt >= this.#pace.silent) {
        stream.cut('the stream told nothing for too long', true);
      }
    }
    const quiet = [...this.#streams].filter((stream) => now - stream.aliveAt >= this.#pace.quiet);
    if (quiet.length === 0 || this.#isAsking) {
      return;
    }
    this.#isAsking = true;
    const isAlive = await this.#isAlive();
    this.#isAsking = false;
    if (isAlive) {
      for (const stream of quiet) {
        stream.aliveAt = this.#clock.monotonic();
        stream.alive();
      }
      return;
    }
    const dead = quiet.filter((stream) => this.#streams.has(stream) && now - stream.aliveAt >= this.#pace.quiet);
    // Another stream that still talks shares the connection: the server is slow, the link is not gone.
    if (dead.length > 0 && dead.length === this.#streams.size) {
      this.#sever();
    }
    for (const stream of dead) {
      stream.cut('the API server stopped answering', false);
    }
  }
}
