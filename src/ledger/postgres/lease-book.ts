import { createHash } from 'node:crypto';
import { clean } from '#text/clean.ts';
import type { Clock } from '#text/clock.ts';
import type { Identity } from '../identity.ts';
import { isSameMachine, type Lease, type LeaseView, type Life } from '../lease.ts';
import { heartbeatMs, type LeaseBook, type LeaseKeeper, ttlMs } from '../leases.ts';
import type { Wired } from '../wire.ts';
import type { LeaseRow, News } from './news.ts';

export interface PostgresLeasesOptions {
  readonly clock: Clock;
  readonly identity: Identity;
  readonly login: string;
  /** When the process of that number began; null when there is none. */
  readonly startOf: (pid: number) => string | null;
  /** Renews these on the server and says which are still ours. */
  readonly beat: (operations: readonly string[]) => Promise<readonly string[]>;
}

/** Leases as the server last told of them, by its clock. */
export class PostgresLeases implements LeaseBook {
  /** Which process this is, to the server. */
  readonly holder: string;
  readonly #options: PostgresLeasesOptions;
  readonly #kept = new Map<string, { readonly lost: AbortController; readonly timer: NodeJS.Timeout }>();
  #rows = new Map<string, LeaseRow>();
  /** The server's clock at a moment of our monotonic one: no setting of our clock moves it. */
  #told = { now: Date.now(), at: 0 };

  constructor(options: PostgresLeasesOptions) {
    this.#options = options;
    const { machine, host, boot, pidNamespace, pid, started } = options.identity;
    this.holder = createHash('sha256')
      .update(JSON.stringify([machine ?? host, boot, pidNamespace, pid, started]))
      .digest('hex')
      .slice(0, 32);
    this.#told = { now: options.clock.now(), at: options.clock.monotonic() };
  }

  heard({ leases, now }: Pick<News, 'leases' | 'now'>): void {
    this.#rows = new Map(leases.map((row) => [row.operation, row]));
    this.#told = { now: Date.parse(now), at: this.#options.clock.monotonic() };
  }

  /** What others are told of this process. */
  get about(): Readonly<Record<string, unknown>> {
    const { host, machine, boot, pidNamespace, pid, started, user } = this.#options.identity;
    return { host, machine, boot, pidNamespace, pid, started, user };
  }

  /** The server's time now. */
  now(): number {
    return this.#told.now + (this.#options.clock.monotonic() - this.#told.at);
  }

  read(operation: string): Lease | null {
    const row = this.#rows.get(operation);
    return row === undefined ? null : leaseOf(row);
  }

  isMine(operation: string): boolean {
    const row = this.#rows.get(operation);
    return row === undefined || (row.holder === this.holder && row.login === this.#options.login);
  }

  all(): readonly string[] {
    return [...this.#rows.keys()];
  }

  view({ operation, openedAt }: { readonly operation: string; readonly openedAt: string }): LeaseView {
    const row = this.#rows.get(operation);
    if (row === undefined) {
      const isYoung = this.now() - Date.parse(openedAt) <= ttlMs;
      return {
        life: isYoung ? 'live' : 'lapsed',
        why: isYoung ? 'it has only just begun' : 'it has no lease',
        lease: null,
      };
    }
    const lease = leaseOf(row);
    const view = (life: Life, why: string): LeaseView => ({ life, why, lease });
    const silentMs = this.now() - Date.parse(row.heartbeatAt);
    if (row.handTo !== null) {
      // Whoever began it has nothing more to do with it, alive or not.
      return silentMs <= Math.max(ttlMs, row.graceMs)
        ? view('live', `Job ${row.handTo} is about to take it over`)
        : view('lapsed', `Job ${row.handTo} has not begun it in ${Math.round(silentMs / 1000)} s`);
    }
    const silence = `silent for ${Math.round(silentMs / 1000)} s`;
    const isSilent = silentMs > Math.max(ttlMs, row.graceMs);
    const process = this.process(row);
    if (process === 'gone') {
      return silentMs <= row.graceMs
        ? view('live', 'a worker is about to take it over')
        : view('lapsed', `process ${lease.pid} is gone`);
    }
    if (process === 'alive') {
      return isSilent
        ? view('stalled', `process ${lease.pid} lives but is ${silence}`)
        : view('live', `process ${lease.pid} runs it`);
    }
    return isSilent ? view('lapsed', `it ran on ${lease.host}, ${silence}`) : view('live', `it runs on ${lease.host}`);
  }

  /** The process that a lease names, as far as it can be seen from here. */
  process(row: LeaseRow | undefined): 'alive' | 'gone' | 'unseen' {
    const { identity, login, startOf } = this.#options;
    if (row === undefined || row.login !== login) {
      return 'unseen';
    }
    const lease = leaseOf(row);
    if (!isSameMachine(lease, identity)) {
      return 'unseen';
    }
    if (lease.boot !== null && identity.boot !== null && lease.boot !== identity.boot) {
      return 'gone';
    }
    if (lease.started === null || lease.pidNamespace !== identity.pidNamespace) {
      return 'unseen';
    }
    return startOf(lease.pid) === lease.started ? 'alive' : 'gone';
  }

  wired(operation: string): Wired | null {
    const row = this.#rows.get(operation);
    if (row === undefined) {
      return null;
    }
    const { handTo, told, stop, about } = row;
    const job = handTo ?? (typeof about['job'] === 'string' ? about['job'] : null);
    return { job, hasBegun: handTo === null, stop, told: told === null ? null : { ...told, words: clean(told.words) } };
  }

  row(operation: string): LeaseRow | undefined {
    return this.#rows.get(operation);
  }

  keep(operation: string): LeaseKeeper {
    this.release(operation);
    const lost = new AbortController();
    const timer = setInterval(() => {
      this.#options.beat([operation]).then(
        (held) => {
          if (!held.includes(operation) && this.#kept.has(operation)) {
            this.release(operation);
            lost.abort();
          }
        },
        // The server is away: the next heartbeat may reach it, and no step is recorded without it.
        () => undefined,
      );
    }, heartbeatMs);
    timer.unref();
    this.#kept.set(operation, { lost, timer });
    const stop = () => this.release(operation);
    return { lost: lost.signal, stop, [Symbol.dispose]: stop };
  }

  release(operation: string): void {
    clearInterval(this.#kept.get(operation)?.timer);
    this.#kept.delete(operation);
  }

  stop(): void {
    for (const operation of [...this.#kept.keys()]) {
      this.release(operation);
    }
  }
}

function leaseOf({ operation, about, renewals, heartbeatAt, graceMs }: LeaseRow): Lease {
  const text = (name: string) => (typeof about[name] === 'string' ? about[name] : null);
  return {
    ...{ operation, renewals, heartbeatAt, graceMs, ttlMs, uptimeMs: 0 },
    ...{ host: text('host') ?? '', machine: text('machine'), boot: text('boot'), pidNamespace: text('pidNamespace') },
    ...{ pid: Number(about['pid'] ?? 0), started: text('started') },
  };
}
