import type { Breaker } from '../breaker.ts';
import type { ReadFailure } from '../source.ts';
import { isOfServer, isSilence, PostgresFailure } from './failure.ts';
import { openQueue } from './queue.ts';
import { openSlot, type Read, type Slot, type SlotOptions, stopped, type Wish } from './slot.ts';

/** So many visits in a row may keep one connection where it is, while other databases wait. */
const staysInARow = 16;

/** A few connections to one server that go from database to database as visits ask for them. */
export interface Visits {
  /** How many connections have been made: a new number means a new session, perhaps with another server. */
  readonly connections: number;
  /** Whether a connection is open now. */
  readonly open: boolean;
  visit<T>(wish: Wish, work: (read: Read) => Promise<T>): Promise<T>;
  /** Lets everybody go who waits for a connection that is not open yet. */
  refuse(failure: ReadFailure): void;
  close(): Promise<void>;
}

export interface VisitsOptions extends Omit<SlotOptions, 'onConnected'> {
  /** How many connections at most. */
  readonly slots: number;
  readonly breaker: Breaker;
  /** A word from the server: rows, or an error about one database. */
  readonly onHeard: () => void;
  /** The server itself is away. */
  readonly onFailed: (failure: ReadFailure) => void;
}

interface Visit extends Wish {
  /** Never throws; returns what is left to do once the slot is free again: to say how it went. */
  serve(slot: Slot): Promise<() => void>;
  refuse(failure: ReadFailure): void;
}

export function openVisits(options: VisitsOptions): Visits {
  const { name, breaker, onHeard, onFailed } = options;
  const queue = openQueue<Visit>();
  let connections = 0;
  let closed = false;
  const slots = Array.from({ length: options.slots }, () =>
    openSlot({
      ...options,
      onConnected() {
        connections += 1;
        onHeard();
      },
    }),
  );

  function isThere(database: string): boolean {
    return slots.some((slot) => slot.database === database);
  }

  function pump(): void {
    for (let free = slots.find(isFree); free !== undefined && queue.size > 0; free = slots.find(isFree)) {
      const busy = new Set(slots.flatMap((slot) => slot.busy ?? []));
      const visit = queue.next(free.stays < staysInARow ? free.database : null, busy);
      if (visit === null) {
        return;
      }
      // An idle connection that is already there serves better than the first that came to hand.
      const there = slots.find((slot) => isFree(slot) && slot.database === visit.database) ?? free;
      void visit.serve(there).then((tell) => {
        tell();
        pump();
      });
    }
  }

  function noteFailure(failure: unknown): void {
    if (isOfServer(failure)) {
      onFailed(failure);
    } else if (failure instanceof PostgresFailure && !isSilence(failure)) {
      onHeard();
    }
  }

  return {
    get connections() {
      return connections;
    },
    get open() {
      return slots.some((slot) => slot.database !== null);
    },
    visit<T>(wish: Wish, work: (read: Read) => Promise<T>): Promise<T> {
      const refusal = closed ? stopped(name) : breaker.refusal(wish.urgent);
      if (refusal !== null && (closed || !isThere(wish.database))) {
        return Promise.reject(refusal);
      }
      const { promise, resolve, reject } = Promise.withResolvers<T>();
      queue.add({
        ...wish,
        refuse: reject,
        async serve(slot) {
          try {
            const result = await slot.serve(wish, work);
            onHeard();
            return () => resolve(result);
          } catch (failure) {
            return () => {
              reject(failure);
              noteFailure(failure);
            };
          }
        },
      });
      pump();
      return promise;
    },
    refuse(failure) {
      for (const visit of queue.drain(({ database }) => !isThere(database))) {
        visit.refuse(failure);
      }
    },
    async close() {
      closed = true;
      for (const visit of queue.drain(() => true)) {
        visit.refuse(stopped(name));
      }
      await Promise.all(slots.map((slot) => slot.close()));
    },
  };
}

function isFree(slot: Slot): boolean {
  return slot.busy === null;
}
