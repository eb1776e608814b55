import { randomBytes } from 'node:crypto';
import type { Clock } from '#text/clock.ts';
import { exitCodes, TillError } from '#text/till-error.ts';
import { admit, admittedClaims, admittedReason } from './admit.ts';
import { bodyOf, ledgerBody, type Stamp } from './body.ts';
import type { JsonObject } from './canonical.ts';
import { CriticalSection } from './critical-section.ts';
import { blocks, bytesAt, close, type Descriptor, openToRead, sizeOf } from './disk.ts';
import type { FollowingDraft, IntentDraft } from './draft.ts';
import type { Claimed, LedgerEntry } from './entry.ts';
import { broken, type Head, mustStillEnd } from './head.ts';
import { judgedByKey } from './idempotency.ts';
import type { Identity } from './identity.ts';
import { mayTakeOver, obey } from './laws.ts';
import { obeyAccess, refusedByAccess } from './laws-access.ts';
import { type LeaseKeeper, Leases } from './leases.ts';
import type { Appended, AppendOptions, From, Ledger, Presence, Recorded, Refusal } from './ledger.ts';
import { LedgerFile, type Page } from './ledger-file.ts';
import { firstSeq } from './prune-file.ts';
import { linesAfter } from './prune-lines.ts';
import { type Filter, followed, newestFirst, oldestFirst, type ReadOptions } from './query.ts';
import type { Remembered } from './remembered.ts';
import type { LedgerState, OpenOperation } from './state.ts';
import { type Random, ulidMaker } from './ulid.ts';
import { type Verification, type VerifyOptions, verifyFile } from './verify.ts';

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
export function openFileLedger(options: FileLedgerOptions): FileLedger {
  return new FileLedger(options);
}

export class FileLedger implements Ledger {
  readonly leases: Leases;
  readonly newId: () => string;
  readonly #options: FileLedgerOptions;
  readonly #file: LedgerFile;
  readonly #desk: CriticalSection;
  readonly #claimed: Claimed;
  #readingRecorded: Promise<string | null> | null = null;

  constructor(options: FileLedgerOptions) {
    const { clock, folder, random = randomBytes, lockWaitMs = 10_000, snapshotEvery = 64 } = options;
    this.#options = options;
    this.#file = new LedgerFile(folder, snapshotEvery);
    this.#claimed = admittedClaims(options.claimed ?? {});
    this.leases = new Leases(options);
    this.newId = ulidMaker({ clock, random });
    const { leases } = this;
    this.#desk = new CriticalSection({ ...options, lockWaitMs, file: this.#file, leases, stamp: () => this.#stamp() });
  }

  append(draft: IntentDraft, options?: AppendOptions): Promise<Appended>;
  append(draft: FollowingDraft): Promise<Recorded>;
  async append(draft: IntentDraft | FollowingDraft, options: AppendOptions = {}): Promise<Appended> {
    const admission = admit(draft);
    return this.#desk.writing(async (page) => {
      const { state } = page.head();
      const stamp = this.#stamp();
      obey(admission.draft, state, this.leases);
      obeyAccess(admission.draft, state, stamp);
      const body = bodyOf(admission, stamp, state);
      if (draft.kind !== 'operation' || draft.phase !== 'intent') {
        const entry = await page.add(body);
        if (draft.kind === 'operation' && (draft.phase === 'outcome' || draft.phase === 'reconciled')) {
          this.leases.release(draft.operation);
        }
        return { status: 'appended', entry };
      }
      const byKey = judgedByKey(body, state);
      if (byKey !== null && 'repeated' in byKey) {
        return byKey.repeated;
      }
      const refusal = byKey?.refusal ?? options.unless?.(state) ?? refusedByAccess(body, state);
      return refusal === null
        ? this.#begin(draft.operation, (options.handover ?? false) !== false, () => page.add(body))
        : this.#refuse(draft, refusal, page);
    });
  }

  /** The lease is there before the intent, so that nobody ever sees an open operation that nobody runs. */
  async #begin(operation: string, handover: boolean, record: () => Promise<LedgerEntry>): Promise<Recorded> {
    this.leases.take(operation, { handover });
    try {
      const entry = await record();
      return { status: 'appended', entry };
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
    return { status: 'refused', refusal, entry };
  }

  async appendAll(drafts: readonly FollowingDraft[]): Promise<readonly LedgerEntry[]> {
    const admissions = drafts.map((draft) => admit(draft));
    return this.#desk.writing(async (page) => {
      const entries: LedgerEntry[] = [];
      for (const admission of admissions) {
        const { state } = page.head();
        const stamp = this.#stamp();
        obey(admission.draft, state, this.leases);
        obeyAccess(admission.draft, state, stamp);
        entries.push(await page.add(bodyOf(admission, stamp, state)));
      }
      return entries;
    });
  }

  async state(): Promise<LedgerState> {
    return (await this.#look()).state;
  }

  async presence(): Promise<Presence> {
    const { actor, at } = this.#stamp();
    return { actor, now: Date.parse(at) };
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

  async takeOver(operation: string, from?: From): Promise<LeaseKeeper> {
    await this.#desk.writing(async (page) => {
      mayTakeOver(operation, page.head().state, this.leases, from?.pid ?? null);
      this.leases.take(operation);
    });
    return this.leases.keep(operation);
  }

  async lapsed(): Promise<readonly OpenOperation[]> {
    const { operations } = await this.state();
    return [...operations.values()].filter((open) => this.leases.view(open).life === 'lapsed');
  }

  async *bytes(after: Omit<Head, 'state'> | null): AsyncGenerator<Buffer> {
    const file = openToRead(this.#file.path);
    try {
      const begin = this.#file.begin(file);
      if (begin !== null && after !== null) {
        // Where lines end was told of a file that has been cut since.
        yield* linesAfter(after, begin, blocks(file, 0, sizeOf(file)));
        return;
      }
      if (after !== null) {
        mustStillEnd(after, file, sizeOf(file));
      }
      yield* blocks(file, after?.offset ?? 0, sizeOf(file));
    } finally {
      close(file);
    }
  }

  async removePruned(): Promise<number> {
    const record = await prunedTo(this);
    return this.#desk.alone(async () => {
      const file = openToRead(this.#file.path);
      const first = firstSeq(file) ?? 1;
      close(file);
      if (record === null || record.seq < first) {
        return 0;
      }
      await this.#file.cutBeginning(record);
      return record.seq - first + 1;
    });
  }

  async verify(options: VerifyOptions = {}): Promise<Verification> {
    const { estateId } = this.#options;
    const remembered = this.#file.remembered();
    const file = openToRead(this.#file.path);
    try {
      const size = file === null ? 0 : await this.#settledSize(file);
      return await verifyFile({ ...options, file, size, estateId, remembered });
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
    await this.#desk.quiet().catch(() => undefined);
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
    return this.#desk.writing(
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
    await this.#desk.close();
    this.leases.stop();
  }

  #look(): Promise<Head> {
    return this.#desk.inTurn(() => this.#file.look());
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

/** The last entry that the newest prune released. */
async function prunedTo(ledger: FileLedger): Promise<Remembered | null> {
  for await (const { params } of ledger.newest({ kind: 'ledger', phase: 'prune', limit: 1 })) {
    return { seq: Number(params['upTo']), hash: String(params['hash']) };
  }
  return null;
}

/** What a reader asked for, as it is recorded. */
function asked(filter: Filter): JsonObject {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
}

function sound(path: string): TillError {
  return new TillError('the ledger holds: there is nothing to acknowledge', {
    exit: exitCodes.refused,
    reason: 'ledger-sound',
    target: path,
  });
}
