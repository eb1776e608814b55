import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import type { Clock } from '#text/clock.ts';
import { makeFile, namesIn, replaceFile, textOf } from './disk.ts';
import { type Identity, machineUptime, startOf } from './identity.ts';
import { isOwn, type Lease, type LeaseView, leaseSchema, lifeOf } from './lease.ts';
import { codeOf } from './store-error.ts';
import { ulidPattern } from './ulid.ts';

export const heartbeatMs = 5_000;
/** Six heartbeats: a machine under load misses some. */
export const ttlMs = 30_000;
/** How long a worker may take to begin. */
export const handoverMs = 15_000;

/** Keeps a lease alive until stopped, or until the operation's outcome is recorded. */
export interface LeaseKeeper extends Disposable {
  /** Fires when another process has taken the operation over: stop before the next step. */
  readonly lost: AbortSignal;
  stop(): void;
}

/** Who runs which open operation, whichever store knows it; as of the last `state()` where the store is a server. */
export interface LeaseBook {
  read(operation: string): Lease | null;
  /** How an open operation is doing; when it was opened counts where its lease cannot be read. */
  view(open: { readonly operation: string; readonly openedAt: string }): LeaseView;
  /** True unless another process holds it. */
  isMine(operation: string): boolean;
  /** Renews the lease in the background; the timer keeps no program alive. */
  keep(operation: string): LeaseKeeper;
  /** Ids of every operation that has a lease here. */
  all(): readonly string[];
}

export interface LeasesOptions {
  readonly folder: string;
  readonly clock: Clock;
  readonly identity: Identity;
  /** Milliseconds since the machine started. */
  readonly uptime?: () => number;
}

/** A file for each open operation, beside the chain. */
export class Leases implements LeaseBook {
  readonly #folder: string;
  readonly #clock: Clock;
  readonly #identity: Identity;
  readonly #uptime: () => number;
  readonly #kept = new Map<string, LeaseKeeper>();

  constructor({ folder, clock, identity, uptime = machineUptime }: LeasesOptions) {
    this.#folder = join(folder, 'operations');
    this.#clock = clock;
    this.#identity = identity;
    this.#uptime = uptime;
  }

  /** Makes this process the one that runs the operation. Decided under the ledger's lock (`append`, `takeOver`). */
  take(operation: string, { handover = false }: { readonly handover?: boolean } = {}): void {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    const text = this.#text(operation, 0, handover ? handoverMs : 0);
    if (!makeFile(this.#path(operation), text)) {
      replaceFile(this.#path(operation), text);
    }
  }

  read(operation: string): Lease | null {
    const text = textOf(this.#path(operation));
    return text === null ? null : leaseIn(text);
  }

  /** How an open operation is doing; when it was opened counts where its lease cannot be read. */
  view({ operation, openedAt }: { readonly operation: string; readonly openedAt: string }): LeaseView {
    const lease = this.read(operation);
    const now = this.#clock.now();
    if (lease === null) {
      const isYoung = now - Date.parse(openedAt) <= ttlMs;
      return { life: isYoung ? 'live' : 'lapsed', why: isYoung ? 'it has only just begun' : 'it has no lease', lease };
    }
    return lifeOf(lease, { identity: this.#identity, uptimeMs: this.#uptime(), now, startOf });
  }

  /** True unless another process holds it. */
  isMine(operation: string): boolean {
    const lease = this.read(operation);
    return lease === null || isOwn(lease, this.#identity);
  }

  /** Renews the lease in the background; the timer keeps no program alive. */
  keep(operation: string): LeaseKeeper {
    this.#kept.get(operation)?.stop();
    const lost = new AbortController();
    let renewals = 0;
    const timer = setInterval(() => {
      if (this.#renewed(operation, renewals + 1)) {
        renewals += 1;
      } else {
        stop();
        lost.abort();
      }
    }, heartbeatMs);
    timer.unref();
    const stop = () => {
      clearInterval(timer);
      this.#kept.delete(operation);
    };
    const keeper: LeaseKeeper = { lost: lost.signal, stop, [Symbol.dispose]: stop };
    this.#kept.set(operation, keeper);
    return keeper;
  }

  release(operation: string): void {
    this.#kept.get(operation)?.stop();
    rmSync(this.#path(operation), { force: true });
  }

  /** Ids of every operation that has a lease here. */
  all(): readonly string[] {
    const names = namesIn(this.#folder).filter((name) => name.endsWith('.lease'));
    return names.map((name) => name.slice(0, -'.lease'.length));
  }

  stop(): void {
    for (const keeper of this.#kept.values()) {
      keeper.stop();
    }
  }

  /** False when another process holds the lease now. */
  #renewed(operation: string, renewals: number): boolean {
    try {
      if (!this.isMine(operation)) {
        return false;
      }
      replaceFile(this.#path(operation), this.#text(operation, renewals));
    } catch (error) {
      // A heartbeat that a full disk did not take is made up for by this process being seen alive.
      if (codeOf(error) === '') {
        throw error;
      }
    }
    return true;
  }

  #path(operation: string): string {
    if (!ulidPattern.test(operation)) {
      throw new TypeError(`${operation} is not an operation's id`);
    }
    return join(this.#folder, `${operation}.lease`);
  }

  #text(operation: string, renewals: number, graceMs = 0): string {
    const { host, machine, boot, pidNamespace, pid, started } = this.#identity;
    const lease: Lease = {
      ...{ operation, host, machine, boot, pidNamespace, pid, started, renewals, ttlMs, graceMs },
      heartbeatAt: new Date(this.#clock.now()).toISOString(),
      uptimeMs: this.#uptime(),
    };
    return `${JSON.stringify(lease)}\n`;
  }
}

function leaseIn(text: string): Lease | null {
  try {
    return v.parse(leaseSchema, JSON.parse(text));
  } catch {
    return null;
  }
}
