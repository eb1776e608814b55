import { exitCodes, TillError } from '#text/till-error.ts';
import { admit, admittedClaims } from '../admit.ts';
import { seenBeyond, wentBack } from '../anchors/gone-back.ts';
import { bodyOf, type Stamp } from '../body.ts';
import type { FollowingDraft, IntentDraft } from '../draft.ts';
import type { Claimed, LedgerEntry } from '../entry.ts';
import { fold } from '../fold.ts';
import { copyOf } from '../head.ts';
import { obeyAccess } from '../laws-access.ts';
import type { LeaseKeeper } from '../leases.ts';
import type { Appended, AppendOptions, From, Ledger, Presence, Recorded } from '../ledger.ts';
import { openPostgresLedger, type PostgresLedger, type PostgresLedgerOptions } from '../postgres/store.ts';
import { type Filter, matches, type ReadOptions } from '../query.ts';
import type { LedgerState, OpenOperation } from '../state.ts';
import type { HeldNote } from '../verifier/evidence.ts';
import type { Verification, VerifyOptions } from '../verify.ts';
import { imported } from './import.ts';
import { maySpool, shortened } from './may-spool.ts';
import { Recollection } from './recollection.ts';
import { Spool } from './spool.ts';

export interface SpoolingOptions extends PostgresLedgerOptions {
  /** Where this host remembers the shared ledger, and spools. */
  readonly folder: string;
  /** Told once, when the server is found away: reading goes on from memory, and what may be spooled is. */
  readonly onAway?: (message: string) => void;
  /** The checkpoints that the anchors hold which can be asked now. */
  readonly anchored?: () => Promise<readonly HeldNote[]>;
}

/** The team's ledger; while its server is away, what this host remembers of it, and a spool for what must not wait. */
export class SpoolingLedger implements Ledger {
  readonly newId: () => string;
  readonly #shared: PostgresLedger;
  readonly #options: SpoolingOptions;
  readonly #recollection: Recollection;
  readonly #spool: Spool;
  readonly #claimed: Claimed;
  #isAwayTold = false;

  constructor(options: SpoolingOptions) {
    this.#options = options;
    this.#recollection = new Recollection(options.folder);
    this.#shared = openPostgresLedger({ ...options, onKnown: (known) => this.#recollection.keep(known) });
    this.newId = this.#shared.newId;
    this.#claimed = admittedClaims(options.claimed ?? {});
    this.#spool = new Spool({ ...options, recollection: this.#recollection, stamp: () => this.#stamp() });
  }

  get leases() {
    return this.#shared.leases;
  }

  get wire() {
    return this.#shared.wire;
  }

  append(draft: IntentDraft, options?: AppendOptions): Promise<Appended>;
  append(draft: FollowingDraft): Promise<Recorded>;
  async append(draft: IntentDraft | FollowingDraft, options: AppendOptions = {}): Promise<Appended> {
    try {
      await this.importSpool();
      await this.#mustNotHaveGoneBack(draft);
      return await this.#shared.append(draft as IntentDraft, options);
    } catch (error) {
      if (!isAway(error)) {
        throw error;
      }
      return this.#spooled(draft, options, error);
    }
  }

  /** Who asks for power, takes it or uses it is first held against what was anchored outside; an anchor that is away says nothing. */
  async #mustNotHaveGoneBack(draft: IntentDraft | FollowingDraft): Promise<void> {
    const asks = draft.kind === 'grant' && (draft.phase === 'request' || draft.phase === 'activate');
    const uses = draft.kind === 'operation' && draft.phase === 'intent' && (draft.grant ?? null) !== null;
    if (!asks && !uses) {
      return;
    }
    const notes = (await this.#options.anchored?.()) ?? [];
    if (notes.length > 0) {
      const [size, state] = [await this.#shared.size(), await this.#shared.state()];
      const seen = seenBeyond(notes, size, state);
      if (seen !== null) {
        throw wentBack(size, seen);
      }
    }
  }

  async appendAll(drafts: readonly FollowingDraft[]): Promise<readonly LedgerEntry[]> {
    await this.importSpool();
    return this.#shared.appendAll(drafts);
  }

  /** What was spooled on this host while the server was away; does nothing where there is nothing. */
  async importSpool(): Promise<void> {
    if (!this.#spool.isEmpty) {
      await this.#shared.presence();
      await this.#spool.emptied((entries) => imported(entries, this.#shared, () => this.#stamp()));
    }
  }

  async #spooled(draft: IntentDraft | FollowingDraft, options: AppendOptions, error: TillError): Promise<Appended> {
    const state = await this.#remembered();
    const isOpen = (operation: string) => state?.operations.has(operation) === true;
    const isBreakGlass = (grant: string) => state?.grants.get(grant)?.form === 'break-glass';
    if (!maySpool(draft, isOpen, isBreakGlass)) {
      throw error;
    }
    if (state === null) {
      throw neverSeen(error);
    }
    const admission = admit(shortened(draft));
    const stamp = this.#stamp();
    obeyAccess(admission.draft, state, stamp);
    const isIntent = draft.kind === 'operation' && draft.phase === 'intent';
    const refusal = isIntent ? (options.unless?.(state) ?? null) : null;
    if (refusal !== null) {
      const { message, reason, by, until, wayOut } = refusal;
      const outcome = { status: 'refused', message, reason, by, until, wayOut } as const;
      const refused = admit({ ...(draft as IntentDraft), phase: 'refusal', outcome });
      return { status: 'refused', refusal, entry: await this.#spool.add(bodyOf(refused, stamp, state)) };
    }
    this.#tell('the ledger is away: this is kept on this host until it is back');
    return { status: 'appended', entry: await this.#spool.add(bodyOf(admission, stamp, state)) };
  }

  async state(): Promise<LedgerState> {
    try {
      return await this.#shared.state();
    } catch (error) {
      const state = isAway(error) ? await this.#remembered() : null;
      if (state === null) {
        throw error;
      }
      this.#tell(`${(error as TillError).message}; what follows is what this host last saw of it`);
      return state;
    }
  }

  /** What was last seen, and what was spooled since; null when it was never seen from here. */
  async #remembered(): Promise<LedgerState | null> {
    const seen = this.#recollection.read();
    if (seen === null) {
      return null;
    }
    const state = copyOf(seen.state);
    for (const entry of this.#spool.isEmpty ? [] : await this.#spool.entries()) {
      if (entry.kind !== 'ledger') {
        fold(state, entry);
      }
    }
    return state;
  }

  /** While the server is away, this host's word: what may be done then needs no other. */
  async presence(): Promise<Presence> {
    return this.#shared.presence().catch((error: unknown) => {
      if (!isAway(error)) {
        throw error;
      }
      return { actor: this.#stamp().actor, now: this.#options.clock.now() };
    });
  }

  entries(filter: Filter = {}, options?: ReadOptions): AsyncIterable<LedgerEntry> {
    return this.#read(this.#shared.entries(filter, options), filter, (spooled) => spooled);
  }

  newest(filter: Filter = {}, options?: ReadOptions): AsyncIterable<LedgerEntry> {
    return this.#read(this.#shared.newest(filter, options), filter, (spooled) => spooled.toReversed());
  }

  /** While the server is away only what was spooled can be read: what this host remembers is a state, not entries. */
  async *#read(
    shared: AsyncIterable<LedgerEntry>,
    filter: Filter,
    ordered: (spooled: readonly LedgerEntry[]) => readonly LedgerEntry[],
  ): AsyncGenerator<LedgerEntry> {
    try {
      yield* shared;
    } catch (error) {
      if (!isAway(error) || this.#spool.isEmpty) {
        throw error;
      }
      const spooled = (await this.#spool.entries()).filter((entry) => matches(filter, entry));
      yield* ordered(spooled).slice(0, filter.limit);
    }
  }

  follow(filter: Filter, options: ReadOptions & { readonly signal: AbortSignal }): AsyncIterable<LedgerEntry> {
    return this.#shared.follow(filter, options);
  }

  recordReading(what: string, filter?: Filter): Promise<string | null> {
    return this.#shared.recordReading(what, filter);
  }

  async takeOver(operation: string, from?: From): Promise<LeaseKeeper> {
    try {
      return await this.#shared.takeOver(operation, from);
    } catch (error) {
      // Nobody else can see an operation that is only spooled.
      const isOurs = isAway(error) && (await this.#spool.entries()).some((entry) => entry.operation === operation);
      if (!isOurs) {
        throw error;
      }
      return this.#shared.leases.keep(operation);
    }
  }

  async lapsed(): Promise<readonly OpenOperation[]> {
    // While the server is away nobody's operation is over.
    return this.#shared.lapsed().catch((error: unknown) => {
      if (!isAway(error)) {
        throw error;
      }
      return [];
    });
  }

  bytes(after: Parameters<Ledger['bytes']>[0]): AsyncIterable<Buffer> {
    return this.#shared.bytes(after);
  }

  removePruned(): Promise<number> {
    return this.#shared.removePruned();
  }

  verify(options?: VerifyOptions): Promise<Verification> {
    return this.#shared.verify(options);
  }

  acknowledge(reason: string): Promise<LedgerEntry> {
    return this.#shared.acknowledge(reason);
  }

  close(): Promise<void> {
    return this.#shared.close();
  }

  #tell(message: string): void {
    if (!this.#isAwayTold) {
      this.#isAwayTold = true;
      this.#options.onAway?.(message);
    }
  }

  #stamp(): Stamp {
    const { clock, identity } = this.#options;
    const { user, uid, login, host, pid } = identity;
    const asserted = { by: 'os', user, uid, login, host, pid } as const;
    return { id: this.newId(), at: new Date(clock.now()).toISOString(), actor: { asserted, claimed: this.#claimed } };
  }
}

function isAway(error: unknown): error is TillError {
  return error instanceof TillError && error.reason === 'ledger-unreachable';
}

function neverSeen(cause: TillError): TillError {
  return new TillError('the ledger is away, and this host has never seen it: nothing can be judged here', {
    ...{ exit: exitCodes.unreachable, reason: 'ledger-unreachable', cause, retryable: true },
    ...(cause.target === null ? {} : { target: cause.target }),
    next: 'do it from a host that has used it, or when it is back',
  });
}
