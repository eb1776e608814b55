/**
 * Beginnings and ends. An operation's intent is recorded before anything is done, so an end without one tells of an act that
 * was not written down first, and an intent without an end of one whose outcome nobody knows (facts: access-audit.md §3.2).
 */
export class Operations {
  /** By id, the entry that began it. */
  readonly open = new Map<string, number>();
  /** The newest that ended: the end of one may come twice, from whoever took it over and from whoever ran it after all. */
  readonly #ended = new Set<string>();
  readonly #since: number;

  /** Those begun before `since` have their beginning in a part that is not here. */
  constructor(since: number) {
    this.#since = since;
  }

  /** True for an end, or a step, of what never began. */
  isGhost(phase: string, operation: string, seq: number): boolean {
    switch (phase) {
      case 'intent':
        this.open.set(operation, seq);
        return false;
      case 'step':
        return !this.#isKnown(operation);
      case 'outcome':
      case 'reconciled': {
        const isKnown = this.#isKnown(operation);
        this.open.delete(operation);
        this.#remember(operation);
        return !isKnown;
      }
      default:
        return false;
    }
  }

  #isKnown(operation: string): boolean {
    const isHere = this.open.has(operation) || this.#ended.has(operation);
    return isHere || (this.#since > 0 && timeOf(operation) < this.#since);
  }

  #remember(operation: string): void {
    this.#ended.add(operation);
    if (this.#ended.size > 20_000) {
      for (const oldest of this.#ended) {
        this.#ended.delete(oldest);
        return;
      }
    }
  }
}

const digits = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** When a ULID was made, in epoch milliseconds; never, for what is none. */
function timeOf(ulid: string): number {
  const places = [...ulid.slice(0, 10)].map((digit) => digits.indexOf(digit));
  return places.length < 10 || places.includes(-1)
    ? Number.POSITIVE_INFINITY
    : places.reduce((time, place) => time * 32 + place, 0);
}
