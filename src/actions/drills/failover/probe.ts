import { setTimeout as pause } from 'node:timers/promises';
import { seconds, within } from '#systems/deadline.ts';
import type { Operation } from '#systems/operation.ts';
import type { DatabaseLogin, Session } from '#systems/postgres/login.ts';
import { clean } from '#text/clean.ts';
import type { Clock } from '#text/clock.ts';
import { table } from './scratch.ts';

/** A row that the server said it has: the promise that must be kept. `at` is monotonic milliseconds. */
export interface Acknowledged {
  readonly row: number;
  readonly at: number;
}

export interface Refusal {
  readonly at: number;
  /** SQLSTATE or the network's code, and what was said. */
  readonly code: string | null;
  readonly words: string;
}

export interface Written {
  /** In the order in which they were acknowledged. */
  readonly acknowledged: readonly Acknowledged[];
  readonly refusals: readonly Refusal[];
}

export interface Probe extends Written {
  /** Settles once so many more rows have been acknowledged; false when that was not within `milliseconds`. */
  writes(rows: number, milliseconds: number): Promise<boolean>;
  stop(): Promise<void>;
}

/** As a till's orders come in a busy shop; fine enough to time a gap of a second. */
const everyMs = 50;
const connectMs = 2_000;
/** A commit that waits for a synchronous standby waits, as an application's would; one that says nothing for so long is given up. */
const answerMs = 5_000;
/** What is kept to name: more than ever matters, and bounded, should the server stay away for hours. */
const mostRefusals = 100_000;

/**
 * Writes numbered rows, one after the other, through the server's address in the estate, and connects anew whenever it is thrown out: as
 * an application does. Commits are as durable as the server's own settings make everybody's.
 */
export function startProbe(
  {
    login,
    database,
    clock,
    from,
  }: {
    readonly login: DatabaseLogin;
    readonly database: string;
    readonly clock: Clock;
    /** The first row's number. */
    readonly from: number;
  },
  operation: Operation,
): Probe {
  const acknowledged: Acknowledged[] = [];
  const refusals: Refusal[] = [];
  const waiting = new Set<() => void>();
  const stopping = new AbortController();
  let session: Session | null = null;

  const drop = async () => {
    const dropped = session;
    session = null;
    await within(connectMs, dropped?.close() ?? Promise.resolve(), () => new Error('no goodbye')).catch(
      () => undefined,
    );
  };

  async function connected(): Promise<Session> {
    const opening = login.writing(operation, database, { statementMs: answerMs });
    return await within(connectMs, opening, () => {
      // Whoever comes in late is shown out again.
      opening.then((late) => late.close()).catch(() => undefined);
      return new Error(`no connection within ${seconds(connectMs)}`);
    });
  }

  async function write(row: number): Promise<void> {
    try {
      if (session?.lost.aborted === true) {
        // Its goodbye came between two rows; a query would only say that there is nobody any more.
        throw new Error('the server ended the session');
      }
      session ??= await connected();
      const query = { text: `INSERT INTO ${table} (n) VALUES ($1)`, values: [row] };
      await within(answerMs, session.query(query), () => new Error(`no answer within ${seconds(answerMs)}`));
      acknowledged.push({ row, at: clock.monotonic() });
    } catch (error) {
      if (refusals.length < mostRefusals) {
        refusals.push({ at: clock.monotonic(), ...inWords(error) });
      }
      await drop();
    }
    for (const look of waiting) {
      look();
    }
  }

  const writing = (async () => {
    for (let row = from; !stopping.signal.aborted; row += 1) {
      const begunAt = clock.monotonic();
      await write(row);
      const rest = Math.max(1, everyMs - (clock.monotonic() - begunAt));
      await pause(rest, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
    await drop();
  })();

  return {
    acknowledged,
    refusals,
    async writes(rows, milliseconds) {
      const wanted = acknowledged.length + rows;
      const { promise, resolve } = Promise.withResolvers<boolean>();
      const look = () => acknowledged.length >= wanted && resolve(true);
      const late = setTimeout(() => resolve(false), milliseconds);
      waiting.add(look);
      try {
        return await promise;
      } finally {
        clearTimeout(late);
        waiting.delete(look);
      }
    },
    async stop() {
      stopping.abort();
      await writing;
    },
  };
}

function inWords(error: unknown): Pick<Refusal, 'code' | 'words'> {
  const { code } = error as { readonly code?: unknown };
  return {
    code: typeof code === 'string' ? code : null,
    words: clean(error instanceof Error ? error.message : String(error)).slice(0, 300),
  };
}
