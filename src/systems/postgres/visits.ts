import type { Clock } from '#text/clock.ts';
import type { Breaker } from '../breaker.ts';
import { seconds, within } from '../deadline.ts';
import type { ReadFailure } from '../source.ts';
import type { Connection } from './connection.ts';
import { isLost, isOfServer, isSilence, PostgresFailure } from './failure.ts';
import { openQueue } from './queue.ts';
import type { Query, Row } from './server.ts';

/** A whole visit may take so many times its deadline: two connections serve every tenant of the server. */
const visitDeadlines = 4;
/** So many visits in a row may keep one connection where it is, while other databases wait. */
const staysInARow = 16;

type Read = (query: Query) => Promise<readonly Row[]>;

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

interface Wish {
  readonly database: string;
  /** For getting in and for each read; the time in line does not count. */
  readonly deadlineMs: number;
  readonly urgent: boolean;
}

export interface VisitsOptions {
  readonly name: string;
  /** How many connections at most. */
  readonly slots: number;
  /** How long an idle connection stays open for a next visit to the same database; null: for good. */
  readonly idleMs: number | null;
  readonly clock: Clock;
  readonly breaker: Breaker;
  readonly connect: (database: string, deadlineMs: number) => Promise<Connection>;
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

interface Slot {
  connection: Connection | null;
  busy: string | null;
  /** Visits in a row without leaving the database. */
  stays: number;
  idleTimer: NodeJS.Timeout | null;
}

export function openVisits(options: VisitsOptions): Visits {
  const { name, clock, breaker } = options;
  const slots: Slot[] = Array.from({ length: options.slots }, () => ({
    connection: null,
    busy: null,
    stays: 0,
    idleTimer: null,
  }));
  const queue = openQueue<Visit>();
  let connections = 0;
  let closed = false;

  function pump(): void {
    while (queue.size > 0) {
      const slot = slots.find(isFree);
      if (slot === undefined) {
        return;
      }
      const busy = new Set(slots.flatMap((other) => other.busy ?? []));
      const visit = queue.next(slot.stays < staysInARow ? databaseOf(slot) : null, busy);
      if (visit === null) {
        return;
      }
      // An idle connection that is already there serves better than the first that came to hand.
      const there = slots.find((other) => isFree(other) && databaseOf(other) === visit.database) ?? slot;
      there.busy = visit.database;
      void visit.serve(there).then((tell) => {
        there.busy = null;
        idle(there);
        tell();
        pump();
      });
    }
  }

  function idle(slot: Slot): void {
    if (closed || options.idleMs === null || slot.connection === null) {
      return;
    }
    // An idle session in a tenant's database would be in the way of DROP DATABASE and of a copy of it.
    slot.idleTimer = setTimeout(() => void leave(slot), options.idleMs).unref();
  }

  async function leave(slot: Slot): Promise<void> {
    const { connection } = slot;
    slot.connection = null;
    await connection?.end();
  }

  async function enter(slot: Slot, { database, urgent }: Wish, deadlineMs: number): Promise<Connection> {
    const connection = await breaker.try(urgent, () => options.connect(database, deadlineMs), isOfServer);
    if (closed) {
      connection.destroy();
      throw stopped(name);
    }
    connections += 1;
    slot.connection = connection;
    options.onHeard();
    return connection;
  }

  async function serve<T>(slot: Slot, wish: Wish, work: (read: Read) => Promise<T>): Promise<T> {
    if (slot.idleTimer !== null) {
      clearTimeout(slot.idleTimer);
      slot.idleTimer = null;
    }
    const { database, deadlineMs } = wish;
    const reused = databaseOf(slot) === database;
    slot.stays = reused ? slot.stays + 1 : 0;
    if (!reused) {
      await leave(slot);
    }
    const startedAt = clock.monotonic();
    const left = () => visitDeadlines * deadlineMs - (clock.monotonic() - startedAt);
    const readMs = () => Math.min(deadlineMs, left());
    let connection = (reused ? slot.connection : null) ?? (await enter(slot, wish, deadlineMs));
    let mayBeStale = reused;
    let over = false;

    async function read(query: Query): Promise<readonly Row[]> {
      if (over) {
        throw new PostgresFailure('read', 'not-probed', `${name}: the visit to ${database} is over`, null);
      }
      try {
        return await connection.read(query, readMs(), deadlineMs);
      } catch (failure) {
        // An idle connection may have died unnoticed, and nobody has been told anything yet.
        if (!mayBeStale || !isLost(failure) || over) {
          if (isOfServer(failure)) {
            breaker.failed(failure, startedAt);
          }
          throw failure;
        }
        mayBeStale = false;
        connection = await enter(slot, wish, readMs());
        return connection.read(query, readMs(), deadlineMs);
      } finally {
        mayBeStale = false;
      }
    }

    try {
      // A little later than the reads' own deadlines, which know better what it was.
      return await within(left() + 25, work(read), () => {
        connection.destroy();
        const message = `${name}: reading database ${database} took longer than ${seconds(visitDeadlines * deadlineMs)}`;
        return new PostgresFailure('read', 'unreachable', message, 'ETIMEDOUT');
      });
    } finally {
      over = true;
      if (!connection.alive) {
        connection.destroy();
        slot.connection = null;
      }
    }
  }

  function noteFailure(failure: unknown): void {
    if (isOfServer(failure)) {
      options.onFailed(failure);
    } else if (failure instanceof PostgresFailure && !isSilence(failure)) {
      options.onHeard();
    }
  }

  function isThere(database: string): boolean {
    return slots.some((slot) => databaseOf(slot) === database);
  }

  return {
    get connections() {
      return connections;
    },
    get open() {
      return slots.some((slot) => databaseOf(slot) !== null);
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
            const result = await serve(slot, wish, work);
            options.onHeard();
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
      for (const slot of slots) {
        if (slot.idleTimer !== null) {
          clearTimeout(slot.idleTimer);
        }
      }
      await Promise.all(slots.map(leave));
    },
  };
}

function isFree(slot: Slot): boolean {
  return slot.busy === null;
}

function databaseOf({ connection }: Slot): string | null {
  return connection?.alive ? connection.database : null;
}

function stopped(name: string): ReadFailure {
  return new PostgresFailure('server', 'not-probed', `${name}: till has stopped reading`, null);
}
