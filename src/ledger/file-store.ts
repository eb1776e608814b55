import { randomBytes } from 'node:crypto';
import type { Clock } from '#text/clock.ts';
import { exitCodes, TillError } from '#text/till-error.ts';
import { admit, admittedClaims, admittedReason } from './admit.ts';
import { bodyOf, ledgerBody, type Stamp } from './body.ts';
import type { JsonObject } from './canonical.ts';
import { bytesAt, close, type Descriptor, openToRead, privateFolder, sizeOf } from './disk.ts';
import type { FollowingDraft, IntentDraft } from './draft.ts';
import type { Claimed, LedgerEntry } from './entry.ts';
import { broken, type Head } from './head.ts';
import { mustBeAtHome } from './home.ts';
import { judgedByKey } from './idempotency.ts';
import type { Identity } from './identity.ts';
import { obey } from './laws.ts';
import { isOwn } from './lease.ts';
import { type LeaseKeeper, Leases } from './leases.ts';
import type { Appended, Ledger, Recorded, Refusal, Unless } from './ledger.ts';
import { LedgerFile, type Page } from './ledger-file.ts';
import { type Lock, openLock } from './lock.ts';
import { type Filter, followed, newestFirst, oldestFirst, type ReadOptions } from './query.ts';
import type { LedgerState, OpenOperation } from './state.ts';
import { storeError } from './store-error.ts';
import { settle, unrecordedTorn } from './torn.ts';
import { type Random, ulidMaker } from './ulid.ts';
import { type Verification, verifyFile } from './verify.ts';

export interface FileLedgerOptions {
  /** One folder for one estate; made with the first entry, 0700. */
  readonly folder: string;
  readonly estateId: string;
  readonly clock: Clock;
  readonly identity: Identity;
  readonly random?: Random;
  readonly claimed?: Partial<Claimed>;
  /** How long to wait for another process that writes. */
  readonly lockWaitMs?: number;
  /** Entries between two snapshots of the state: a start reads at most so many. */
  readonly snapshotEvery?: number;
  /** Milliseconds since the machine started. */
  readonly uptime?: () => number;
}

/** Touches no file before it is asked something. */
export function openFileLedger(options: FileLedgerOptions): Ledger {
  return new FileLedger(options);
}

class FileLedger implements Ledger {
  readonly leases: Leases;
  readonly newId: () => string;
  readonly #options: FileLedgerOptions;
  readonly #file: LedgerFile;
  readonly #claimed: Claimed;
  #lock: Lock | null = null;
  #turn: Promise<unknown> = Promise.resolve();
  #orphansDropped = false;
  #readingRecorded: Promise<string | null> | null = null;

  constructor(options: FileLedgerOptions) {
    const { clock, folder, random = randomBytes, snapshotEvery = 64 } = options;
    this.#options = options;
    this.#file = new LedgerFile(folder, snapshotEvery);
    this.#claimed = admittedClaims(options.claimed ?? {});
    this.leases = new Leases(options);
    this.newId = ulidMaker({ clock, random });
  }

  append(draft: IntentDraft, options?: { readonly unless?: Unless }): Promise<Appended>;
  append(draft: FollowingDraft): Promise<Recorded>;
  async append(draft: IntentDraft | FollowingDraft, { unless }: { readonly unless?: Unless } = {}): Promise<Appended> {
    const admission = admit(draft);
    return this.#writing(async (page) => {
      const { state } = page.head();
      obey(admission.draft, state, this.leases);
      const body = bodyOf(admission, this.#stamp(), state);
      if (draft.kind !== 'operation' || draft.phase !== 'intent') {
        const entry = await page.add(body);
        if (draft.kind === 'operation' && (draft.phase === 'outcome' || draft.phase === 'reconciled')) {
          this.leases.release(draft.operation);
        }
        return { status: 'appended', entry, state: page.head().state };
      }
      const byKey = judgedByKey(body, state);
      if (byKey !== null && 'repeated' in byKey) {
        return byKey.repeated;
      }
      const refusal = byKey?.refusal ?? unless?.(state) ?? null;
      return refusal === null
        ? this.#begin(draft.operation, () => page.add(body), page)
        : this.#refuse(draft, refusal, page);
    });
  }

  /** The lease is there before the intent, so that nobody ever sees an open operation that nobody runs. */
  async #begin(operation: string, record: () => Promise<LedgerEntry>, page: Page): Promise<Recorded> {
    this.leases.take(operation);
    try {
      const entry = await record();
      return { status: 'appended', entry, state: page.head().state };
    } catch (error) {
      this.leases.release(operation);
      throw error;
    }
  }

  async #refuse(draft: IntentDraft, refusal: Refusal, page: Page): Promise<Appended> {
    const { message, reason, by, until, wayOut } = refusal;
    const outcome = { status: 'refused', message, reason, by, until, wayOut } as const;
    const admission = admit({ ...draft, phase: 'refusal', outcome });
    const entry = await page.add(bodyOf(admission, this.#stamp(), page.head().state));
    return { status: 'refused', refusal, entry, state: page.head().state };
  }

  async state(): Promise<LedgerState> {
    return (await this.#look()).state;
  }

  async *entries(filter: Filter = {}, options: ReadOptions = {}): AsyncGenerator<LedgerEntry> {
    yield* this.#reading((file) => oldestFirst(file, filter, options));
  }

  async *newest(filter: Filter = {}, options: ReadOptions = {}): AsyncGenerator<LedgerEntry> {
    yield* this.#reading((file) => newestFirst(file, filter, options));
  }

  follow(filter: Filter, options: ReadOptions & { readonly signal: AbortSignal }): AsyncIterable<LedgerEntry> {
    return followed(() => openToRead(this.#file.path), filter, options);
  }

  recordReading(what: string, filter: Filter = {}): Promise<string | null> {
    this.#readingRecorded ??= this.append({
      kind: 'ledger',
      phase: 'read',
      params: { what, filter: asked(filter) },
    }).then(
      () => null,
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    return this.#readingRecorded;
  }

  async takeOver(operation: string, from?: { readonly pid: number }): Promise<LeaseKeeper> {
    await this.#writing(async (page) => {
      const open = page.head().state.operations.get(operation);
      if (open === undefined) {
        throw notOpen(operation);
      }
      const { life, why, lease } = this.leases.view(open);
      const isHandedOver = lease !== null && (isOwn(lease, this.#options.identity) || lease.pid === from?.pid);
      if (life !== 'lapsed' && !isHandedOver) {
        throw isLive(operation, why);
      }
      this.leases.take(operation);
    });
    return this.leases.keep(operation);
  }

  async lapsed(): Promise<readonly OpenOperation[]> {
    const { operations } = await this.state();
    return [...operations.values()].filter((open) => this.leases.view(open).life === 'lapsed');
  }

  async verify({ chain = false }: { readonly chain?: boolean } = {}): Promise<Verification> {
    const { estateId } = this.#options;
    const remembered = this.#file.remembered();
    const file = openToRead(this.#file.path);
    try {
      const size = file === null ? 0 : await this.#settledSize(file);
      return await verifyFile({ file, size, estateId, remembered, chain });
    } finally {
      close(file);
    }
  }

  /** A line without an end may be one that is being written: whoever writes holds the lock, so we wait for it once. */
  async #settledSize(file: Descriptor): Promise<number> {
    const size = sizeOf(file);
    if (size === 0 || bytesAt(file, size - 1, size)[0] === 0x0a) {
      return size;
    }
    const waited = this.#inTurn(async () => this.#openLock().held(async () => undefined));
    await waited.catch(() => undefined);
    return sizeOf(file);
  }

  async acknowledge(reason: string): Promise<LedgerEntry> {
    const why = admittedReason(reason);
    const fault = await this.#look().then(
      () => null,
      (error: unknown) => error,
    );
    if (!(fault instanceof TillError) || fault.reason !== broken('').reason) {
      throw fault ?? sound(this.#file.path);
    }
    const last = this.#file.remembered().at(-1) ?? null;
    return this.#writing(
      async (page) => {
        const { wounds } = page;
        const remembered = last === null ? null : { seq: last.seq, hash: last.hash };
        const params = { fault: fault.message, faults: wounds.length, first: wounds[0] ?? null, remembered };
        return page.add(ledgerBody('acknowledged', params, this.#stamp(), why));
      },
      { forgiving: true },
    );
  }

  async close(): Promise<void> {
    await this.#turn;
    this.leases.stop();
    this.#lock?.close();
    this.#lock = null;
  }

  #look(): Promise<Head> {
    return this.#inTurn(() => this.#file.look());
  }

  async *#reading(
    read: (file: Descriptor) => AsyncIterable<LedgerEntry> | Iterable<LedgerEntry>,
  ): AsyncGenerator<LedgerEntry> {
    const file = openToRead(this.#file.path);
    try {
      if (file !== null) {
        yield* read(file);
      }
    } finally {
      close(file);
    }
  }

  /** The critical section: one process, the newest state, and a chain that a crash has not left open. */
  #writing<T>(work: (page: Page) => Promise<T>, { forgiving = false } = {}): Promise<T> {
    const { folder, estateId, identity } = this.#options;
    const allow = ({ seq, state: { home } }: Head) => {
      if (home !== null) {
        mustBeAtHome(home, estateId, identity, folder);
      } else if (seq > 0 && !forgiving) {
        throw broken('it does not begin with an entry that says whose it is');
      }
    };
    return this.#inTurn(async () => {
      const lock = this.#openLock();
      return lock.held(() =>
        this.#file.write(
          async (page) => {
            await this.#settleBeginning(page);
            return work(page);
          },
          { allow, forgiving },
        ),
      );
    });
  }

  async #settleBeginning(page: Page): Promise<void> {
    const { folder, estateId, identity } = this.#options;
    if (page.head().state.home === null) {
      const { host, machine, user, uid } = identity;
      await page.add(ledgerBody('genesis', { estate: estateId, host, machine, user, uid }, this.#stamp()));
    }
    this.#dropOrphans(page.head().state);
    for (const torn of unrecordedTorn(folder)) {
      await page.add(ledgerBody('torn', { ...torn }, this.#stamp()));
      settle(folder, torn);
    }
  }

  /** Leases are taken under the lock that we hold: one without an open operation is what a killed process left. */
  #dropOrphans({ operations }: LedgerState): void {
    if (this.#orphansDropped) {
      return;
    }
    this.#orphansDropped = true;
    for (const operation of this.leases.all()) {
      if (!operations.has(operation)) {
        this.leases.release(operation);
      }
    }
  }

  #openLock(): Lock {
    const { folder, clock, lockWaitMs = 10_000 } = this.#options;
    privateFolder(folder);
    this.#lock ??= openLock(`${folder}/ledger.lock`, { clock, waitMs: lockWaitMs });
    return this.#lock;
  }

  /** One at a time within this process, too. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work).catch((error: unknown) => {
      throw storeError(error, this.#options.folder);
    });
    this.#turn = done.catch(() => undefined);
    return done;
  }

  #stamp(): Stamp {
    const { clock, identity } = this.#options;
    const { user, uid, login, host, pid } = identity;
    return {
      id: this.newId(),
      at: new Date(clock.now()).toISOString(),
      actor: { asserted: { by: 'os', user, uid, login, host, pid }, claimed: this.#claimed },
    };
  }
}

/** What a reader asked for, as it is recorded. */
function asked(filter: Filter): JsonObject {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
}

function notOpen(operation: string): TillError {
  return new TillError(`operation ${operation} is not open`, {
    exit: exitCodes.refused,
    reason: 'operation-not-open',
    target: operation,
    next: '`till operations` lists those that are',
  });
}

function isLive(operation: string, why: string): TillError {
  return new TillError(`operation ${operation} is not over: ${why}`, {
    exit: exitCodes.refused,
    reason: 'operation-live',
    target: operation,
    next: `\`till wait ${operation}\` watches it, \`till stop ${operation}\` ends it`,
    operation,
  });
}

function sound(path: string): TillError {
  return new TillError('the ledger holds: there is nothing to acknowledge', {
    exit: exitCodes.refused,
    reason: 'ledger-sound',
    target: path,
  });
}
