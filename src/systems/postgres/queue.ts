/** What waits for a connection. */
export interface Waiting {
  readonly database: string;
  readonly urgent: boolean;
}

/** After so many urgent visits in a row one of the others has its turn, so that they are late and never forgotten. */
const urgentInARow = 4;

/** Who is served next: urgent first, and those who can use the connection that is already open. */
export interface Queue<T extends Waiting> {
  readonly size: number;
  add(waiting: T): void;
  /**
   * The next one, for a connection to `here` (null: nowhere in particular). Databases in `busy` are being visited just now
   * over another connection: who waits for those waits on while somebody else is there to be served.
   */
  next(here: string | null, busy: ReadonlySet<string>): T | null;
  /** Takes out everybody for whom `leaves` holds. */
  drain(leaves: (waiting: T) => boolean): readonly T[];
}

export function openQueue<T extends Waiting>(): Queue<T> {
  let urgent: T[] = [];
  let other: T[] = [];
  let urgentServed = 0;

  function lane(): T[] {
    const turnOfOthers = urgentServed >= urgentInARow && other.length > 0;
    return urgent.length > 0 && !turnOfOthers ? urgent : other;
  }

  function place(from: readonly T[], here: string | null, busy: ReadonlySet<string>): number {
    const sameDatabase = here === null ? -1 : from.findIndex(({ database }) => database === here);
    return sameDatabase >= 0
      ? sameDatabase
      : Math.max(
          0,
          from.findIndex(({ database }) => !busy.has(database)),
        );
  }

  return {
    get size() {
      return urgent.length + other.length;
    },
    add(waiting) {
      (waiting.urgent ? urgent : other).push(waiting);
    },
    next(here, busy) {
      const from = lane();
      const [chosen] = from.splice(place(from, here, busy), 1);
      if (chosen === undefined) {
        return null;
      }
      urgentServed = chosen.urgent ? urgentServed + 1 : 0;
      return chosen;
    },
    drain(leaves) {
      const left = [...urgent, ...other].filter(leaves);
      urgent = urgent.filter((waiting) => !leaves(waiting));
      other = other.filter((waiting) => !leaves(waiting));
      return left;
    },
  };
}
