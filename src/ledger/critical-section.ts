import type { Clock } from '#text/clock.ts';
import { ledgerBody, type Stamp } from './body.ts';
import type { JsonObject } from './canonical.ts';
import { privateFolder } from './disk.ts';
import { broken, type Head } from './head.ts';
import { mustBeAtHome } from './home.ts';
import type { Identity } from './identity.ts';
import type { Leases } from './leases.ts';
import type { LedgerFile, Page } from './ledger-file.ts';
import { type Lock, openLock } from './lock.ts';
import type { LedgerState } from './state.ts';
import { storeError } from './store-error.ts';
import { settle, unrecordedTorn } from './torn.ts';

export interface CriticalSectionOptions {
  readonly folder: string;
  readonly estateId: string;
  readonly identity: Identity;
  readonly clock: Clock;
  readonly lockWaitMs: number;
  readonly file: LedgerFile;
  readonly leases: Leases;
  readonly stamp: () => Stamp;
  /** What else the first entry says of where the chain comes from. */
  readonly origin?: () => JsonObject;
}

/** Where entries are written: one process at a time, on the newest state, on a chain that a crash has not left open. */
export class CriticalSection {
  readonly #options: CriticalSectionOptions;
  #lock: Lock | null = null;
  #turn: Promise<unknown> = Promise.resolve();
  #orphansDropped = false;

  constructor(options: CriticalSectionOptions) {
    this.#options = options;
  }

  /** Writes under the lock. `forgiving` goes on past what does not hold. */
  writing<T>(work: (page: Page) => Promise<T>, { forgiving = false } = {}): Promise<T> {
    const { file } = this.#options;
    return this.inTurn(() =>
      this.#opened().held(() =>
        file.write(
          async (page) => {
            await this.#tidy(page);
            return work(page);
          },
          { allow: (head) => this.#allow(head, forgiving), forgiving },
        ),
      ),
    );
  }

  /** Resolves when nobody writes any more who wrote just now. */
  quiet(): Promise<void> {
    return this.alone(async () => undefined);
  }

  /** With nobody else writing. */
  alone<T>(work: () => Promise<T>): Promise<T> {
    return this.inTurn(() => this.#opened().held(work));
  }

  /** One at a time within this process, too. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work).catch((error: unknown) => {
      throw storeError(error, this.#options.folder);
    });
    this.#turn = done.catch(() => undefined);
    return done;
  }

  async close(): Promise<void> {
    await this.#turn;
    this.#lock?.close();
    this.#lock = null;
  }

  /** Throws before anything is touched. */
  #allow({ seq, state: { home } }: Head, forgiving: boolean): void {
    const { folder, estateId, identity } = this.#options;
    if (home !== null) {
      mustBeAtHome(home, estateId, identity, folder);
    } else if (seq > 0 && !forgiving) {
      throw broken('it does not begin with an entry that says whose it is');
    }
  }

  /** What has to be there before anything else is written. */
  async #tidy(page: Page): Promise<void> {
    const { folder, estateId, identity, stamp, origin } = this.#options;
    if (page.head().state.home === null) {
      const { host, machine, user, uid } = identity;
      await page.add(ledgerBody('genesis', { estate: estateId, host, machine, user, uid, ...origin?.() }, stamp()));
    }
    this.#dropOrphans(page.head().state);
    for (const torn of unrecordedTorn(folder)) {
      await page.add(ledgerBody('torn', { ...torn }, stamp()));
      settle(folder, torn);
    }
  }

  /** Leases are taken under the lock that we hold: one without an open operation is what a killed process left. */
  #dropOrphans({ operations }: LedgerState): void {
    const { leases } = this.#options;
    const orphans = this.#orphansDropped ? [] : leases.all().filter((operation) => !operations.has(operation));
    this.#orphansDropped = true;
    for (const operation of orphans) {
      leases.release(operation);
    }
  }

  #opened(): Lock {
    const { folder, clock, lockWaitMs } = this.#options;
    privateFolder(folder);
    this.#lock ??= openLock(`${folder}/ledger.lock`, { clock, waitMs: lockWaitMs });
    return this.#lock;
  }
}
