import type { Timers } from '#sandbox/kubernetes/types.ts';
import type { Clock } from '#text/clock.ts';

/** Time that moves only when a test says so. */
export class ManualTime implements Clock, Timers {
  #now: number;
  readonly #waiting: { readonly at: number; readonly run: () => void }[] = [];

  constructor(start = '2026-11-22T09:00:00Z') {
    this.#now = Date.parse(start);
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now;
  }

  /** How many timers have been set and neither run nor taken back. */
  get waiting(): number {
    return this.#waiting.length;
  }

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.#now + ms, run };
    this.#waiting.push(timer);
    return () => {
      const at = this.#waiting.indexOf(timer);
      if (at !== -1) {
        this.#waiting.splice(at, 1);
      }
    };
  }

  /** Lets a span pass, each timer at its own moment, with what follows from it. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    for (;;) {
      await settled();
      const next = this.#waiting.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) {
        break;
      }
      this.#waiting.splice(this.#waiting.indexOf(next), 1);
      this.#now = Math.max(this.#now, next.at);
      next.run();
    }
    this.#now = until;
  }
}

/** Work queues run in microtasks; after a turn of the event loop they are empty. */
function settled(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  setImmediate(resolve);
  return promise;
}
