import { setTimeout as pause } from 'node:timers/promises';
import { exitCodes, TillError } from '#text/till-error.ts';
import { canonical, type Json } from '../canonical.ts';
import { type EntryBody, limits } from '../entry.ts';
import type { LedgerConnection, Row } from './connection.ts';
import { LostAnswer, unsure } from './failure.ts';

export interface Answer {
  /** `stale`: the state is another one than it was judged by, and nothing was recorded. */
  readonly status: 'appended' | 'stale';
  readonly lines: readonly string[];
}

export type Lease = Readonly<Record<string, unknown>>;

interface Order {
  readonly bodies: readonly EntryBody[];
  /** The state that it was judged by; null when nothing was judged. */
  readonly version: number | null;
  readonly lease: Lease | null;
}

export interface AppenderOptions {
  readonly connection: LedgerConnection;
  readonly estateId: string;
  readonly holder: string;
  readonly genesis: () => EntryBody;
}

export type Query = (text: string, values?: readonly unknown[]) => Promise<readonly Row[]>;

const statement = 'SELECT status, version, lines FROM till_ledger.append($1, $2, $3, $4, $5, $6)';
/** A server that crashed is back within seconds; longer than this nobody waits at a prompt. */
const askAgainMs: readonly number[] = [100, 500, 1_000, 2_000, 4_000, 8_000];

/** Sends entries, and finds out what became of them when the answer is lost. */
export class Appender {
  readonly #options: AppenderOptions;
  /** The place of what we recorded last. */
  #lastSeq: number | null = null;
  /**
   * Nobody came between our last two entries. Then one statement that waits for the disk is quickest; where others wait
   * behind us, they should not wait for our flush as well, and it is asked for beside.
   */
  #isAlone = true;

  constructor(options: AppenderOptions) {
    this.#options = options;
  }

  async append(bodies: readonly EntryBody[], version: number | null, lease: Lease | null): Promise<Answer> {
    const answer = await this.#sent({ bodies, version, lease });
    const [first, last] = [answer.lines[0], answer.lines.at(-1)];
    if (first !== undefined && last !== undefined) {
      this.#isAlone = this.#lastSeq === null || seqOf(first) === this.#lastSeq + 1;
      this.#lastSeq = seqOf(last);
    }
    return answer;
  }

  /** With the head in the hand: `look`, judge, append, as one transaction. */
  async holding<Known, Verdict>(
    look: (query: Query) => Promise<Known>,
    judge: (known: Known) => Order | { readonly verdict: Verdict },
  ): Promise<{ readonly verdict: Verdict } | { readonly answer: Answer }> {
    let order: Order | { readonly verdict: Verdict } | null = null;
    try {
      return await this.#options.connection.transaction(async (query) => {
        await query('SELECT till_ledger.hold()');
        order = judge(await look(query));
        return 'verdict' in order ? order : { answer: answerOf(await query(statement, this.#values(order))) };
      });
    } catch (error) {
      const sent = order as Order | { readonly verdict: Verdict } | null;
      if (!(error instanceof LostAnswer) || sent === null || 'verdict' in sent) {
        throw error instanceof LostAnswer ? this.#unsure(error, null) : error;
      }
      return { answer: await this.#askedAgain(sent, error) };
    }
  }

  async #sent(order: Order): Promise<Answer> {
    const { connection } = this.#options;
    const onDisk = this.#isAlone;
    const query: Query = (text, values = []) =>
      onDisk ? connection.query(text, values) : connection.settled(text, values);
    try {
      const rows = await query(statement, this.#values(order, onDisk));
      if (rows[0]?.['status'] !== 'empty') {
        return answerOf(rows);
      }
    } catch (error) {
      if (error instanceof LostAnswer) {
        return this.#askedAgain(order, error);
      }
      throw error;
    }
    await this.#begun((text, values = []) => connection.settled(text, values));
    return this.#sent(order);
  }

  /** The first to come begins the chain; whoever comes at the same moment finds it begun. */
  async #begun(query: Query): Promise<void> {
    try {
      await query(statement, this.#values({ bodies: [this.#options.genesis()], version: null, lease: null }));
    } catch (error) {
      if (!(error instanceof TillError) || error.reason !== 'ledger-begun') {
        throw error instanceof LostAnswer ? this.#unsure(error, null) : error;
      }
    }
  }

  /**
   * The same entries with the same ids: the server answers with them where they are recorded, and records them where they are
   * not. Should the lost session still wait for the head, it finds ours and adds nothing.
   */
  async #askedAgain(order: Order, lost: LostAnswer): Promise<Answer> {
    const query: Query = (text, values = []) => this.#options.connection.settled(text, values);
    for (const wait of askAgainMs) {
      await pause(wait);
      try {
        const rows = await query(statement, this.#values(order));
        if (rows[0]?.['status'] !== 'empty') {
          return answerOf(rows);
        }
        await this.#begun(query);
      } catch (error) {
        if (!(error instanceof LostAnswer) && !(error instanceof TillError && error.retryable)) {
          throw error;
        }
      }
    }
    throw this.#unsure(lost, order.bodies[0]?.operation ?? null);
  }

  #unsure(error: unknown, operation: string | null): TillError {
    return unsure(error, this.#options.connection.place, operation);
  }

  #values({ bodies, version, lease }: Order, onDisk = false): readonly unknown[] {
    const { estateId, holder } = this.#options;
    return [estateId, bodies.map(textOf), version, holder, lease, onDisk];
  }
}

function answerOf([row]: readonly Row[]): Answer {
  return { status: row?.['status'] as Answer['status'], lines: (row?.['lines'] ?? []) as readonly string[] };
}

/** Where a line stands: `…,"seq":7,"sha256":"…"}`. */
function seqOf(line: string): number {
  return Number.parseInt(line.slice(line.lastIndexOf('"seq":') + '"seq":'.length), 10);
}

/** What the client says of an entry; when and by whom is for the server to say. */
function textOf({ at: _at, actor: { claimed }, ...body }: EntryBody): string {
  const text = canonical({ ...body, actor: { claimed } } as unknown as Json);
  const size = Buffer.byteLength(text);
  if (size > limits.entry) {
    throw new TillError(`an entry of ${size} bytes is too large for the ledger (at most ${limits.entry})`, {
      exit: exitCodes.usage,
      reason: 'entry-too-large',
      target: body.operation ?? body.id,
      next: 'act on fewer targets at once',
    });
  }
  return text;
}
