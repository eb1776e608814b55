import type { Clock } from '#text/clock.ts';
import type { SourceState } from '../source.ts';
import type { RowMeta } from './rows.ts';

/** What one stream knows: its rows within the kind's rows, and how far they can be trusted. */
export class Part<Row extends RowMeta> {
  readonly name: string;
  readonly #rows: Map<string, Row>;
  readonly #clock: Clock;
  readonly #lagMs: number;
  readonly #changed: (what: 'rows' | 'state') => void;
  #own = new Set<string>();
  /** The uids of a picture that is being read anew; null when none is. */
  #seen: Set<string> | null = null;
  #state: Omit<SourceState, 'source'> = { phase: 'connecting', lastHeardAt: null, message: null };
  #isComplete = false;
  /** Monotonic, unlike lastHeardAt: the lag must not follow a clock that is set. */
  #heardAt = 0;
  #lag: NodeJS.Timeout | null = null;
  #trouble: string | null = null;

  constructor(
    name: string,
    rows: Map<string, Row>,
    clock: Clock,
    lagMs: number,
    changed: (what: 'rows' | 'state') => void,
  ) {
    this.name = name;
    this.#rows = rows;
    this.#clock = clock;
    this.#lagMs = lagMs;
    this.#changed = changed;
  }

  get state(): Omit<SourceState, 'source'> {
    return this.#state;
  }

  /** A whole picture begins. Rows of the old one stay until it is complete. */
  begin(): void {
    this.#seen = new Set();
    if (!this.#isComplete) {
      this.#become('syncing', null);
    } else {
      this.#watchLag('it is being read anew');
    }
  }

  put(row: Row): void {
    if (row.name === '') {
      // No object of the API is without a name; there is nothing to show or to find it by.
      return;
    }
    this.#rows.set(row.uid, row);
    this.#own.add(row.uid);
    this.#seen?.add(row.uid);
  }

  drop(uid: string): void {
    this.#rows.delete(uid);
    this.#own.delete(uid);
    this.#seen?.delete(uid);
  }

  /** The picture is whole: what it did not name is gone. */
  complete(): void {
    const seen = this.#seen;
    if (seen !== null) {
      for (const uid of this.#own) {
        if (!seen.has(uid)) {
          this.#rows.delete(uid);
        }
      }
      this.#own = seen;
      this.#seen = null;
    }
    this.#isComplete = true;
    this.following();
  }

  /** A stream that carries on from a whole picture is open. */
  following(): void {
    this.#stopLag();
    this.#hear();
    this.#become('live', null);
  }

  /** A batch of events came in. */
  told(): void {
    this.#hear();
    this.#changed('rows');
  }

  /** The link is known to be good, though there was nothing to tell. */
  alive(): void {
    if (this.#state.phase === 'live') {
      this.#hear();
    }
  }

  /** No stream. Rows are kept; their age shows only once they lag. */
  lost(message: string): void {
    if (this.#isComplete) {
      this.#watchLag(message);
    } else {
      this.#become('unreachable', message);
    }
  }

  denied(phase: 'forbidden' | 'unauthenticated', message: string): void {
    this.#stopLag();
    this.#become(phase, message);
  }

  stop(): void {
    this.#stopLag();
    this.#become('stopped', null);
  }

  clear(): void {
    this.#stopLag();
    for (const uid of this.#own) {
      this.#rows.delete(uid);
    }
    this.#changed('state');
  }

  #hear(): void {
    // While a picture is read anew, the rows are no fresher than the stream that was lost.
    if (this.#seen !== null && this.#isComplete) {
      return;
    }
    this.#heardAt = this.#clock.monotonic();
    this.#state = { ...this.#state, lastHeardAt: this.#clock.now() };
    this.#changed('state');
  }

  #become(phase: SourceState['phase'], message: string | null): void {
    if (this.#state.phase !== phase || this.#state.message !== message) {
      this.#state = { ...this.#state, phase, message };
      this.#changed('state');
    }
  }

  #watchLag(message: string): void {
    this.#trouble = message;
    if (this.#state.phase === 'stale') {
      this.#become('stale', message);
      return;
    }
    const left = this.#lagMs - (this.#clock.monotonic() - this.#heardAt);
    this.#lag ??= setTimeout(() => this.#become('stale', this.#trouble), Math.max(0, left));
  }

  #stopLag(): void {
    clearTimeout(this.#lag ?? undefined);
    this.#lag = null;
    this.#trouble = null;
  }
}
