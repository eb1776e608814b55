/**
 * How long to wait before trying again: 0.8 s doubled up to 30 s, each stretched by up to as much again so that many
 * consoles do not come back at once (the figures of client-go's reflector; facts: kubernetes.md §3).
 */
export class Backoff {
  readonly #random: () => number;
  #failures = 0;

  constructor(random: () => number) {
    this.#random = random;
  }

  next(): number {
    const base = Math.min(800 * 2 ** this.#failures, 30_000);
    this.#failures = Math.min(this.#failures + 1, 10);
    return Math.round(base * (1 + this.#random()));
  }

  /** After a healthy stretch. */
  reset(): void {
    this.#failures = 0;
  }
}
