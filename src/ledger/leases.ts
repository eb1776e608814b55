import { mkdir, readdir, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import type { Clock } from '#text/clock.ts';
import { replaceFile } from './disk.ts';
import { type Identity, machineUptime, startOf } from './identity.ts';
import { isOwn, type Lease, type LeaseView, leaseSchema, lifeOf } from './lease.ts';
import { codeOf } from './store-error.ts';
import { ulidPattern } from './ulid.ts';

const heartbeatMs = 5_000;
/** Six heartbeats: a machine under load misses some. */
const ttlMs = 30_000;

/** Keeps a lease alive. `lost` fires when another process has taken the operation over: stop before the next step. */
export interface LeaseKeeper extends AsyncDisposable {
  readonly lost: AbortSignal;
  stop(): Promise<void>;
}

export class Leases {
  readonly #folder: string;
  readonly #clock: Clock;
  readonly #identity: Identity;
  readonly #uptime: () => number;

  constructor(options: {
    readonly folder: string;
    readonly clock: Clock;
    readonly identity: Identity;
    readonly uptime?: () => number;
  }) {
    this.#folder = join(options.folder, 'operations');
    this.#clock = options.clock;
    this.#identity = options.identity;
    this.#uptime = options.uptime ?? machineUptime;
  }

  /** Makes this process the one that runs the operation. Decided under the ledger's lock (`append`, `takeOver`). */
  async take(operation: string): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    await this.#write(operation, 0);
  }

  async read(operation: string): Promise<Lease | null> {
    const text = await readFile(this.#path(operation), 'utf8').catch((error: unknown) => {
      if (codeOf(error) === 'ENOENT') {
        return null;
      }
      throw error;
    });
    return text === null ? null : leaseIn(text);
  }

  /** How an open operation is doing; `openedAt` counts while its lease cannot be read. */
  async view({ operation, openedAt }: { readonly operation: string; readonly openedAt: string }): Promise<LeaseView> {
    const lease = await this.read(operation);
    const now = this.#clock.now();
    if (lease === null) {
      const young = now - Date.parse(openedAt) <= ttlMs;
      return { life: young ? 'live' : 'lapsed', why: young ? 'it has only just begun' : 'it has no lease', lease };
    }
    return lifeOf(lease, { identity: this.#identity, uptimeMs: this.#uptime(), now, startOf });
  }

  /** True unless another process holds it. */
  async isMine(operation: string): Promise<boolean> {
    const lease = await this.read(operation);
    return lease === null || isOwn(lease, this.#identity);
  }

  /** Renews the lease until stopped. The timer keeps no program alive. */
  keep(operation: string): LeaseKeeper {
    const lost = new AbortController();
    let renewals = 0;
    let renewing: Promise<void> = Promise.resolve();
    const renew = async () => {
      if (!(await this.isMine(operation))) {
        lost.abort();
        clearInterval(timer);
        return;
      }
      renewals += 1;
      await this.#write(operation, renewals);
    };
    const timer = setInterval(() => {
      // A heartbeat that could not be written (a full disk) is made up for by the process being seen alive.
      renewing = renewing.then(renew).catch(() => undefined);
    }, heartbeatMs);
    timer.unref();
    const stop = async () => {
      clearInterval(timer);
      await renewing;
    };
    return { lost: lost.signal, stop, [Symbol.asyncDispose]: stop };
  }

  async release(operation: string): Promise<void> {
    await unlink(this.#path(operation)).catch(() => undefined);
  }

  /** Ids of every operation that has a lease here. */
  async all(): Promise<readonly string[]> {
    const names = await readdir(this.#folder).catch(() => []);
    return names.filter((name) => name.endsWith('.lease')).map((name) => name.slice(0, -'.lease'.length));
  }

  #path(operation: string): string {
    if (!ulidPattern.test(operation)) {
      throw new TypeError(`${operation} is not an operation's id`);
    }
    return join(this.#folder, `${operation}.lease`);
  }

  async #write(operation: string, renewals: number): Promise<void> {
    const { host, machine, boot, pidNamespace, pid, started } = this.#identity;
    const lease: Lease = {
      ...{ operation, host, machine, boot, pidNamespace, pid, started, renewals, ttlMs },
      heartbeatAt: new Date(this.#clock.now()).toISOString(),
      uptimeMs: this.#uptime(),
    };
    await replaceFile(this.#path(operation), `${JSON.stringify(lease)}\n`);
  }
}

function leaseIn(text: string): Lease | null {
  try {
    return v.parse(leaseSchema, JSON.parse(text));
  } catch {
    return null;
  }
}
