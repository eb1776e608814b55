import { Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import type { Client } from 'pg';
import type { Clock } from '#text/clock.ts';
import { within } from '../deadline.ts';
import { ReadFailure } from '../source.ts';
import { failureToConnect, refusesStartupSettings } from './connect-failure.ts';
import { isLost, type Place, PostgresFailure, silence } from './failure.ts';
import { failureToRead } from './read-failure.ts';
import type { Query, Row } from './server.ts';
import { lockMs, preamble, startup, statementMs } from './session.ts';
import { typeParsers } from './types.ts';

/** How to get to one server: everything is asked anew for each connection, so that what has been rotated is found. */
export interface Door {
  readonly name: string;
  readonly user: string;
  readonly clock: Clock;
  address(): Promise<{ readonly host: string; readonly port: number }>;
  password(): Promise<string>;
  tls(): Promise<ConnectionOptions | null>;
  /** A pooler that takes no settings at the start stands there; found out once. */
  pooled: boolean;
}

export interface Connection {
  readonly database: string;
  readonly alive: boolean;
  /**
   * One statement. `deadlineMs` is what is left of the time; `budgetMs` the whole of it, which sets the server's own time-out, so
   * that it need not be set anew for each statement of a visit.
   */
  read(query: Query, deadlineMs: number, budgetMs: number): Promise<readonly Row[]>;
  /** Drops it at once: nothing may be waiting on the other side. */
  destroy(): void;
  /** Says goodbye and waits, a little, until the server has let go: its slot counts against our role's limit. */
  end(): Promise<void>;
}

export async function connect(door: Door, database: string, deadlineMs: number): Promise<Connection> {
  const { clock, name, user } = door;
  const { Client: PgClient, types } = await import('pg');
  const startedAt = clock.monotonic();
  const socket = new Socket();
  let place: Place = { name, user, database, at: name };
  let accepted = false;
  socket.once('connect', () => {
    accepted = true;
  });
  const late = () => silence(place, accepted, deadlineMs);

  async function enter(): Promise<Client> {
    const [{ host, port }, ssl] = await Promise.all([door.address(), door.tls()]);
    place = { ...place, at: `${host}:${port}` };
    if (socket.destroyed) {
      throw late();
    }
    const client = new PgClient({
      host,
      port,
      user,
      database,
      password: () => door.password(),
      ssl: ssl ?? false,
      pipeline: !door.pooled,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      application_name: 'till',
      types: { getTypeParser: typeParsers(types.getTypeParser) },
      // Ours, so that we know whether it was accepted, and can drop it in whatever state it is.
      stream: () => socket,
      ...(door.pooled ? {} : startup(deadlineMs)),
    });
    // Without a listener the loss of an idle connection would end the process (facts: data-tier.md §5.1).
    client.on('error', () => socket.destroy());
    await client.connect();
    return client;
  }

  try {
    const client = await within(deadlineMs, enter(), () => {
      socket.destroy();
      return late();
    });
    return open(client, socket, place, door, statementMs(deadlineMs));
  } catch (error) {
    socket.destroy();
    if (!door.pooled && refusesStartupSettings(error)) {
      door.pooled = true;
      return connect(door, database, deadlineMs - (clock.monotonic() - startedAt));
    }
    throw failureToConnect(error, place);
  }
}

function open(client: Client, socket: Socket, place: Place, door: Door, timeoutMs: number): Connection {
  const gone = Promise.withResolvers<void>();
  let alive = true;
  let currentMs = timeoutMs;
  let turn: Promise<unknown> = Promise.resolve();
  client.once('end', () => {
    alive = false;
    gone.resolve();
  });

  async function rows(query: Query): Promise<readonly Row[]> {
    const values = query.values === undefined ? {} : { values: [...query.values] };
    const result = await client.query<Row>({ text: query.text, ...values });
    return result.rows;
  }

  /** Sent at once, behind what is under way: many small reads then cost one round trip. */
  async function inSession(query: Query, budgetMs: number): Promise<readonly Row[]> {
    const wantedMs = statementMs(budgetMs);
    const set = wantedMs === currentMs ? null : client.query(`SET statement_timeout = ${wantedMs}`);
    currentMs = wantedMs;
    const [answer] = await Promise.all([rows(query), set]);
    return answer;
  }

  async function inTransaction(query: Query, budgetMs: number): Promise<readonly Row[]> {
    try {
      await client.query(preamble(budgetMs));
      return await rows(query);
    } finally {
      await client.query('ROLLBACK');
    }
  }

  async function judged(
    answer: Promise<readonly Row[]>,
    deadlineMs: number,
    budgetMs: number,
  ): Promise<readonly Row[]> {
    const startedAt = door.clock.monotonic();
    try {
      return await within(deadlineMs, answer, () => {
        destroy();
        // The server's own time-out came first and it did not even say so: it is the server that hangs, not the statement.
        const waitedMs = door.clock.monotonic() - startedAt;
        const failure = silence(place, false, deadlineMs);
        const scope = waitedMs >= statementMs(budgetMs) ? 'server' : 'read';
        return new PostgresFailure(scope, 'unreachable', failure.message, failure.code);
      });
    } catch (error) {
      const failure = error instanceof ReadFailure ? error : failureToRead(error, place, statementMs(budgetMs), lockMs);
      if (isLost(failure)) {
        destroy();
      }
      throw failure;
    }
  }

  function destroy(): void {
    alive = false;
    socket.destroy();
  }

  return {
    database: place.database,
    get alive() {
      return alive && !socket.destroyed;
    },
    read(query, deadlineMs, budgetMs) {
      const before = turn;
      const answer = door.pooled ? before.then(() => inTransaction(query, budgetMs)) : inSession(query, budgetMs);
      answer.catch(() => undefined);
      // The server answers one after the other, so a read's time begins when the one before it is done.
      const mine = before.then(() => judged(answer, deadlineMs, budgetMs));
      turn = mine.catch(() => undefined);
      return mine;
    },
    destroy,
    async end() {
      if (!alive) {
        return;
      }
      alive = false;
      client.end().catch(() => undefined);
      await within(250, gone.promise, () => new Error('no goodbye')).catch(() => undefined);
      socket.destroy();
    },
  };
}
