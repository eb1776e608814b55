import { setImmediate } from 'node:timers/promises';

/** Half a frame: longer and a key press is felt to lag (facts: kubernetes.md §5.4). */
const workMs = 8;

/** Gives the event loop a turn whenever work has gone on for too long. */
export class Breath {
  #since = performance.now();

  get isDue(): boolean {
    return performance.now() - this.#since >= workMs;
  }

  async take(): Promise<void> {
    await setImmediate();
    this.#since = performance.now();
  }
}
