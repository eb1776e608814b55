import type { Clock } from '#text/clock.ts';
import type { Breaker } from '../breaker.ts';
import { seconds, within } from '../deadline.ts';
import type { Connection } from './connection.ts';
import { isLost, isOfServer, PostgresFailure } from './failure.ts';
import type { Query, Row } from './server.ts';

/** A whole visit may take so many times its deadline: two connections serve every tenant of the server. */
const visitDeadlines = 4;

/** Getting in takes a few round trips, whatever is read afterwards; who is not let in by then is not let in. */
const enterMs = 3_000;

const goodbyeMs = 20;

export type Read = (query: Query) => Promise<readonly Row[]>;

export interface Wish {
  readonly database: string;
  /** For getting in and for each read; the time in line does not count. */
  readonly deadlineMs: number;
  readonly urgent: boolean;
}

/** Room for one connection, which goes to where the next visit is. */
export interface Slot {
  /** The database that is being visited; null while nobody is. */
  readonly busy: string | null;
  /** Where its connection is; null without one. */
  readonly database: string | null;
  /** Visits in a row without leaving the database. */
  readonly stays: number;
  serve<T>(wish: Wish, work: (read: Read) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export interface SlotOptions {
  readonly name: string;
  /** How long an idle connection stays open for a next visit to the same database; null: for good. */
  readonly idleMs: number | null;
  readonly clock: Clock;
  readonly breaker: Breaker;
  readonly connect: (database: string, deadlineMs: number) => Promise<Connection>;
  readonly onConnected: () => void;
}

export function openSlot({ name, idleMs, clock, breaker, connect, onConnected }: SlotOptions): Slot {
  let connection: Connection | null = null;
  let busy: string | null = null;
  let stays = 0;
  let idleTimer: NodeJS.Timeout | null = null;
  let closed = false;

  function database(): string | null {
    return connection?.alive ? connection.database : null;
  }

  async function leave(): Promise<void> {
    const left = connection;
    connection = null;
    await left?.end();
  }

  async function enter({ database: to, urgent }: Wish, deadlineMs: number): Promise<Connection> {
    const entered = await breaker.try(urgent, () => connect(to, Math.min(deadlineMs, enterMs)), isOfServer);
    if (closed) {
      entered.destroy();
      throw stopped(name);
    }
    connection = entered;
    onConnected();
    return entered;
  }

  /** Where the wish is to be served: the connection that is there, or a new one. */
  async function arrive(wish: Wish): Promise<Connection> {
    if (connection?.alive && connection.database === wish.database) {
      stays += 1;
      return connection;
    }
    stays = 0;
    // Near by, the old session is gone by then and never counts beside the new one; far away, it goes while the new one comes.
    await within(goodbyeMs, leave(), () => new Error('it takes longer')).catch(() => undefined);
    return enter(wish, wish.deadlineMs);
  }

  async function visit<T>(wish: Wish, work: (read: Read) => Promise<T>): Promise<T> {
    const { database: to, deadlineMs } = wish;
    const startedAt = clock.monotonic();
    const left = () => visitDeadlines * deadlineMs - (clock.monotonic() - startedAt);
    const readMs = () => Math.min(deadlineMs, left());
    // An idle connection may have died unnoticed; that shows at the first read.
    const mayBeStale = database() === to;
    let current = await arrive(wish);
    let renewal: Promise<Connection> | null = null;
    let answered = false;
    let over = false;

    async function read(query: Query): Promise<readonly Row[]> {
      if (over) {
        throw new PostgresFailure('read', 'not-probed', `${name}: the visit to ${to} is over`, null);
      }
      try {
        const rows = await current.read(query, readMs(), deadlineMs);
        answered = true;
        return rows;
      } catch (failure) {
        if (isLost(failure) && mayBeStale && !answered && !over) {
          renewal ??= renewed();
          return (await renewal).read(query, readMs(), deadlineMs);
        }
        answered = true;
        if (isOfServer(failure)) {
          breaker.failed(failure, startedAt);
        }
        throw failure;
      }
    }

    async function renewed(): Promise<Connection> {
      current.destroy();
      current = await enter(wish, readMs());
      return current;
    }

    try {
      // A little later than the reads' own deadlines, which know better what it was.
      return await within(left() + 25, work(read), () => {
        current.destroy();
        const message = `${name}: reading database ${to} took longer than ${seconds(visitDeadlines * deadlineMs)}`;
        return new PostgresFailure('read', 'unreachable', message, 'ETIMEDOUT');
      });
    } finally {
      over = true;
    }
  }

  return {
    get busy() {
      return busy;
    },
    get database() {
      return database();
    },
    get stays() {
      return stays;
    },
    async serve(wish, work) {
      busy = wish.database;
      clearTimeout(idleTimer ?? undefined);
      try {
        return await visit(wish, work);
      } finally {
        busy = null;
        if (idleMs !== null && connection !== null && !closed) {
          // An idle session in a tenant's database would be in the way of DROP DATABASE and of a copy of it.
          idleTimer = setTimeout(() => void leave(), idleMs).unref();
        }
      }
    },
    async close() {
      closed = true;
      clearTimeout(idleTimer ?? undefined);
      await leave();
    },
  };
}

export function stopped(name: string): PostgresFailure {
  return new PostgresFailure('server', 'not-probed', `${name}: till has stopped reading`, null);
}
