import { randomBytes } from 'node:crypto';
import type { Clock } from '#text/clock.ts';
import { exitCodes, TillError } from '#text/till-error.ts';
import { type Admission, admit, admittedClaims, admittedReason } from '../admit.ts';
import { bodyOf, ledgerBody, type Stamp } from '../body.ts';
import { hashOf, linkOf } from '../chain.ts';
import type { FollowingDraft, IntentDraft } from '../draft.ts';
import type { Claimed, EntryBody, LedgerEntry } from '../entry.ts';
import { fold } from '../fold.ts';
import { broken } from '../head.ts';
import { judgedByKey } from '../idempotency.ts';
import { type Identity, startOf } from '../identity.ts';
import { handoverMs, type LeaseKeeper } from '../leases.ts';
import type { Appended, AppendOptions, From, Ledger, Presence, Recorded, Refusal } from '../ledger.ts';
import type { Filter, ReadOptions } from '../query.ts';
import { entryIn } from '../read-entry.ts';
import { emptyState, type LedgerState, type OpenOperation } from '../state.ts';
import { type Random, ulidMaker } from '../ulid.ts';
import { type Verification, type VerifyOptions, verifyStored } from '../verify.ts';
import type { Handover, StopAsked, Wire } from '../wire.ts';
import { type Answer, Appender, type Query } from './appender.ts';
import { LedgerConnection, type LedgerServer } from './connection.ts';
import { PostgresLeases } from './lease-book.ts';
import { type Known, type News, newsOf, newsQuery } from './news.ts';
import { chunksOf, entriesOf, followedOn } from './pages.ts';

export interface PostgresLedgerOptions {
  readonly server: LedgerServer;
  readonly estateId: string;
  readonly clock: Clock;
  readonly identity: Identity;
  readonly random?: Random;
  readonly claimed?: Partial<Claimed>;
  /** When the process of that number began; null when there is none. */
  readonly startOf?: (pid: number) => string | null;
  /** Told of each state that the server gives, for a time when it is away. */
  readonly onKnown?: (known: Known) => void;
}

/** Connects when it is first asked something. */
export function openPostgresLedger(options: PostgresLedgerOptions): PostgresLedger {
  return new PostgresLedger(options);
}

/** How often a state may turn out stale before the head is taken into the hand first. */
const staleTurns = 2;

export class PostgresLedger implements Ledger {
  readonly leases: PostgresLeases;
  readonly wire: Wire = {
    tell: async (operation, told) => {
      const values = [operation, this.leases.holder, told === null ? null : { ...told }];
      const [row] = await this.#connection.query('SELECT till_ledger.tell($1, $2, $3) AS stop', values);
      return (row?.['stop'] ?? null) as StopAsked | null;
    },
    askStop: async (operation) => {
      const [row] = await this.#connection.query('SELECT till_ledger.ask_stop($1) AS asked', [operation]);
      return row?.['asked'] === true;
    },
    of: (operation) => this.leases.wired(operation),
  };
  readonly newId: () => string;
  readonly #options: PostgresLedgerOptions;
  readonly #connection: LedgerConnection;
  readonly #appender: Appender;
  readonly #claimed: Claimed;
  #known: Known | null = null;
  /** Operations that this process began: what follows them takes its words from there, without asking. */
  readonly #begun = emptyState();
  #readingRecorded: Promise<string | null> | null = null;

  constructor(options: PostgresLedgerOptions) {
    const { clock, random = randomBytes, server, identity, estateId } = options;
    this.#options = options;
    this.#claimed = admittedClaims(options.claimed ?? {});
    this.newId = ulidMaker({ clock, random });
    const connection = new LedgerConnection(server);
    this.#connection = connection;
    this.leases = new PostgresLeases({
      ...{ clock, identity, login: server.user, startOf: options.startOf ?? startOf },
      beat: async (operations) => {
        const rows = await connection.read('SELECT held FROM till_ledger.beat($1, $2) AS held', [
          operations,
          this.leases.holder,
        ]);
        return rows.map(({ held }) => String(held));
      },
    });
    this.#appender = new Appender({
      ...{ connection, estateId, holder: this.leases.holder },
      genesis: () => this.#genesis(),
    });
  }

  append(draft: IntentDraft, options?: AppendOptions): Promise<Appended>;
  append(draft: FollowingDraft): Promise<Recorded>;
  async append(draft: IntentDraft | FollowingDraft, options: AppendOptions = {}): Promise<Appended> {
    const admission = admit(draft);
    if (draft.kind === 'operation' && draft.phase === 'intent') {
      return this.#begin(draft, admission, options);
    }
    const state = await this.#stateFor(draft);
    const [entry] = await this.#recorded([bodyOf(admission, this.#stamp(), state)]);
    if (draft.kind === 'operation' && (draft.phase === 'outcome' || draft.phase === 'reconciled')) {
      this.leases.release(draft.operation);
      this.#begun.operations.delete(draft.operation);
    }
    return this.#told(entry);
  }

  /** Records what was written down elsewhere, under the id that it has there: so never twice. */
  async adopt(body: EntryBody): Promise<LedgerEntry> {
    return must((await this.#recorded([body]))[0]);
  }

  async appendAll(drafts: readonly FollowingDraft[]): Promise<readonly LedgerEntry[]> {
    const admissions = drafts.map((draft) => admit(draft));
    const state = drafts.some(({ kind }) => kind === 'operation') ? await this.state() : this.#begun;
    return drafts.length === 0
      ? []
      : this.#recorded(admissions.map((admission) => bodyOf(admission, this.#stamp(), state)));
  }

  /** What follows an operation is named by it; whose state we have at hand already, as a rule. */
  async #stateFor(draft: FollowingDraft): Promise<LedgerState> {
    if (draft.kind !== 'operation' || this.#begun.operations.has(draft.operation)) {
      return this.#begun;
    }
    const known = this.#known?.state;
    return known?.operations.has(draft.operation) === true ? known : await this.state();
  }

  async #recorded(bodies: readonly EntryBody[]): Promise<readonly LedgerEntry[]> {
    const { status, lines } = await this.#appender.append(bodies, null, null);
    if (status !== 'appended') {
      throw broken(`the server answered ${status}`);
    }
    return this.#entries(lines);
  }

  /** Judges by the state that we know; the server takes the intent only when that is still the state. */
  async #begin(draft: IntentDraft, admission: Admission, options: AppendOptions): Promise<Appended> {
    const lease = { ...this.leases.about, ...handedOver(options.handover ?? false) };
    const stamp = this.#stamp();
    const isJudged = options.unless !== undefined || (draft.idempotencyKey ?? null) !== null;
    for (let turn = 0; turn < staleTurns; turn += 1) {
      let known: Known = turn === 0 && this.#known !== null ? this.#known : await this.#look();
      let verdict = judged(bodyOf(admission, stamp, known.state), known.state, options);
      if (verdict !== null && turn === 0) {
        // By a state that may be an old one nobody is turned away.
        known = await this.#look();
        verdict = judged(bodyOf(admission, stamp, known.state), known.state, options);
      }
      if (verdict !== null) {
        return 'repeated' in verdict ? verdict.repeated : this.#refuse(draft, verdict.refusal);
      }
      const version = isJudged ? known.version : null;
      const answer = await this.#appender.append([bodyOf(admission, stamp, known.state)], version, lease);
      if (answer.status === 'appended') {
        return this.#toldOfBegun(answer);
      }
    }
    return this.#beginHolding(draft, admission, stamp, lease, options);
  }

  /** Others are quicker than we are: with the head in our hand nobody is. */
  async #beginHolding(
    draft: IntentDraft,
    admission: Admission,
    stamp: Stamp,
    lease: Readonly<Record<string, unknown>>,
    options: AppendOptions,
  ): Promise<Appended> {
    const done = await this.#appender.holding(
      (query) => this.#look(query),
      (known) => {
        const body = bodyOf(admission, stamp, known.state);
        const verdict = judged(body, known.state, options);
        return verdict === null ? { bodies: [body], version: known.version, lease } : { verdict };
      },
    );
    if ('verdict' in done) {
      return 'repeated' in done.verdict ? done.verdict.repeated : this.#refuse(draft, done.verdict.refusal);
    }
    return this.#toldOfBegun(done.answer);
  }

  #toldOfBegun({ lines }: Answer): Recorded {
    const recorded = this.#told(this.#entries(lines)[0]);
    fold(this.#begun, recorded.entry);
    this.#begun.requests.clear();
    return recorded;
  }

  async #refuse(draft: IntentDraft, refusal: Refusal): Promise<Appended> {
    const { message, reason, by, until, wayOut } = refusal;
    const outcome = { status: 'refused', message, reason, by, until, wayOut } as const;
    const admission = admit({ ...draft, phase: 'refusal', outcome });
    const [entry] = await this.#recorded([bodyOf(admission, this.#stamp(), this.#begun)]);
    return { status: 'refused', refusal, entry: must(entry) };
  }

  async state(): Promise<LedgerState> {
    return (await this.#look()).state;
  }

  async #look(query: Query = (text, values) => this.#connection.read(text, values)): Promise<News> {
    const before = this.#known;
    const [row] = await query(newsQuery, [before?.seq ?? 0]);
    const news = newsOf(row, before, this.#options.estateId);
    if (news.seq >= (this.#known?.seq ?? 0)) {
      this.#known = news;
      this.leases.heard(news);
      if (news.version !== before?.version) {
        this.#options.onKnown?.(news);
      }
    }
    return news;
  }

  async presence(): Promise<Presence> {
    const [row] = await this.#connection.read(
      'SELECT login, now, server, host(inet_client_addr()) AS address FROM till_ledger.hello()',
    );
    const { login, now, server, address } = row ?? {};
    const asserted = {
      by: 'postgresql' as const,
      login: String(login),
      address: address === null ? null : String(address),
      server: String(server),
    };
    return { actor: { asserted, claimed: this.#claimed }, now: Date.parse(String(now)) };
  }

  entries(filter: Filter = {}, options: ReadOptions = {}): AsyncIterable<LedgerEntry> {
    return entriesOf(this.#connection, filter, options, false);
  }

  newest(filter: Filter = {}, options: ReadOptions = {}): AsyncIterable<LedgerEntry> {
    return entriesOf(this.#connection, filter, options, true);
  }

  follow(filter: Filter, options: ReadOptions & { readonly signal: AbortSignal }): AsyncIterable<LedgerEntry> {
    return followedOn(this.#connection, filter, options);
  }

  recordReading(what: string, filter: Filter = {}): Promise<string | null> {
    const asked = Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
    this.#readingRecorded ??= this.append({ kind: 'ledger', phase: 'read', params: { what, filter: asked } }).then(
      () => null,
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    return this.#readingRecorded;
  }

  async takeOver(operation: string, from?: From): Promise<LeaseKeeper> {
    await this.#look();
    const row = this.leases.row(operation);
    const process = this.leases.process(row);
    const { pid } = this.#options.identity;
    if (
      process === 'alive' &&
      row?.handTo === null &&
      !this.leases.isMine(operation) &&
      this.leases.read(operation)?.pid !== (from?.pid ?? pid)
    ) {
      throw new TillError(`operation ${operation} is not over: its process lives on this machine`, {
        ...{ exit: exitCodes.refused, reason: 'operation-live', target: operation, operation },
        next: `\`till wait ${operation}\` watches it; \`till operations\` lists those that are open`,
      });
    }
    const about = from?.job === undefined ? this.leases.about : { ...this.leases.about, job: from.job };
    await this.#connection.query('SELECT till_ledger.take_over($1, $2, $3, $4, $5)', [
      ...[operation, this.leases.holder, about, from?.pid ?? null, process === 'gone'],
    ]);
    return this.leases.keep(operation);
  }

  async lapsed(): Promise<readonly OpenOperation[]> {
    const { operations } = await this.state();
    return [...operations.values()].filter((open) => this.leases.view(open).life === 'lapsed');
  }

  bytes(after: { readonly seq: number; readonly hash: string } | null): AsyncGenerator<Buffer> {
    return chunksOf(this.#connection, after);
  }

  /** A little at a time: nobody waits long for the others. */
  async removePruned(): Promise<number> {
    let removed = 0;
    for (let gone = -1; gone !== 0; removed += gone) {
      const [row] = await this.#connection.query('SELECT till_ledger.drop_pruned($1) AS gone', [1_000]);
      gone = Number(row?.['gone'] ?? 0);
    }
    return removed;
  }

  /** The number of entries; 0 before there is one. */
  async size(): Promise<number> {
    const [head] = await this.#connection.read('SELECT seq FROM till_ledger.head_now()');
    return Number(head?.['seq'] ?? 0);
  }

  async verify(options: VerifyOptions = {}): Promise<Verification> {
    return verifyStored({
      ...options,
      ...{ estateId: this.#options.estateId, store: 'this database' },
      chunks: () => this.bytes(null),
      head: async () => {
        const [head] = await this.#connection.read('SELECT seq, hash FROM till_ledger.head_now()');
        return head === undefined ? null : { seq: Number(head['seq']), hash: String(head['hash']) };
      },
    });
  }

  async acknowledge(reason: string): Promise<LedgerEntry> {
    const why = admittedReason(reason);
    const { findings, message } = await this.verify({ chain: true });
    if (findings.length === 0) {
      throw new TillError('the ledger holds: there is nothing to acknowledge', {
        exit: exitCodes.refused,
        reason: 'ledger-sound',
        target: this.#connection.place.at,
      });
    }
    const params = { fault: message, faults: findings.length, first: findings[0]?.message ?? null, remembered: null };
    const [entry] = await this.#recorded([ledgerBody('acknowledged', params, this.#stamp(), why)]);
    return must(entry);
  }

  async close(): Promise<void> {
    this.leases.stop();
    await this.#connection.close();
  }

  /** The chain's first entry, made with whatever comes first. */
  #genesis(): EntryBody {
    const { estateId, server, identity } = this.#options;
    const { host, machine, uid } = identity;
    return ledgerBody('genesis', { estate: estateId, host, machine, user: server.user, uid }, this.#stamp());
  }

  #told(entry: LedgerEntry | undefined): Recorded {
    return { status: 'appended', entry: must(entry) };
  }

  #entries(lines: Answer['lines']): readonly LedgerEntry[] {
    return lines.map((text) => {
      const line = Buffer.from(text);
      const link = linkOf(line);
      if (link === null || hashOf(line) !== link.hash) {
        throw broken('the server answered with a line that is no entry');
      }
      return entryIn(line, link);
    });
  }

  /** Time and the login are the server's to say. */
  #stamp(): Stamp {
    const { identity } = this.#options;
    const { user, uid, login, host, pid } = identity;
    return {
      id: this.newId(),
      at: '',
      actor: { asserted: { by: 'os', user, uid, login, host, pid }, claimed: this.#claimed },
    };
  }
}

/** What a lease says of who comes next. */
function handedOver(handover: boolean | Handover): Readonly<Record<string, unknown>> {
  if (typeof handover === 'boolean') {
    return { graceMs: handover ? handoverMs : 0 };
  }
  return { graceMs: handover.graceMs, handTo: handover.job };
}

type Judgement = NonNullable<ReturnType<typeof judgedByKey>> | { readonly refusal: Refusal };

function judged(body: EntryBody, state: LedgerState, { unless }: AppendOptions): Judgement | null {
  const byKey = judgedByKey(body, state);
  const refusal = byKey === null ? (unless?.(state) ?? null) : null;
  return byKey ?? (refusal === null ? null : { refusal });
}

function must(entry: LedgerEntry | undefined): LedgerEntry {
  if (entry === undefined) {
    throw broken('the server answered without the entry');
  }
  return entry;
}
