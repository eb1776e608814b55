/**
 * Keys to be looked at, each once however often it was named: the workqueue of a controller. Work is done in a microtask after
 * what caused it, so a burst of changes is judged when it is over.
 */
export class Queue {
  readonly #reconcile: (key: string) => void;
  readonly #waiting = new Set<string>();
  #isScheduled = false;

  constructor(reconcile: (key: string) => void) {
    this.#reconcile = reconcile;
  }

  add(key: string): void {
    this.#waiting.add(key);
    if (!this.#isScheduled) {
      this.#isScheduled = true;
      queueMicrotask(() => {
        this.#isScheduled = false;
        this.drain();
      });
    }
  }

  /** Does all that waits, now. */
  drain(): void {
    for (const key of this.#waiting) {
      this.#waiting.delete(key);
      this.#reconcile(key);
    }
  }
}
