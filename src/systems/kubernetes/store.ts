import type { Clock } from '#text/clock.ts';
import type { SourceState } from '../source.ts';
import type { Store } from './cluster.ts';
import { Part } from './part.ts';
import type { RowMeta } from './rows.ts';

/** Several batches within this time are told as one. */
const togetherMs = 50;

/** Worst first. Forbidden stands apart: one namespace that we may not read does not hide the others. */
const worst: readonly SourceState['phase'][] = [
  'unauthenticated',
  'unreachable',
  'stale',
  'connecting',
  'syncing',
  'live',
  'stopped',
];

/** All rows of one kind, from one stream for the cluster or one for each namespace. */
export class KindStore<Row extends RowMeta> implements Store<Row> {
  readonly rows: Map<string, Row> = new Map();
  readonly #source: string;
  readonly #clock: Clock;
  readonly #lagMs: number;
  readonly #parts = new Map<string, Part<Row>>();
  readonly #listeners = new Set<() => void>();
  readonly #settled = Promise.withResolvers<void>();
  #state: SourceState;
  #version = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(source: string, clock: Clock, lagMs: number) {
    this.#source = source;
    this.#clock = clock;
    this.#lagMs = lagMs;
    this.#state = { source, phase: 'connecting', lastHeardAt: null, message: null };
  }

  get state(): SourceState {
    return this.#state;
  }

  /** A namespace that we may not read must not look like one with nothing in it. */
  stateIn(namespace: string | null): SourceState {
    const part = namespace === null ? undefined : this.#parts.get(namespace);
    return part === undefined ? this.#state : { source: this.#source, ...part.state };
  }

  get version(): number {
    return this.#version;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  settled(): Promise<void> {
    return this.#settled.promise;
  }

  /** The stream of one namespace, or of the whole cluster under the name ''. */
  part(name: string): Part<Row> {
    const known = this.#parts.get(name);
    if (known !== undefined) {
      return known;
    }
    const part = new Part<Row>(name, this.rows, this.#clock, this.#lagMs, (what) => this.#changed(what));
    this.#parts.set(name, part);
    return part;
  }

  /** The stream is given up, and its rows with it. */
  remove(name: string): void {
    const part = this.#parts.get(name);
    this.#parts.delete(name);
    part?.clear();
  }

  stop(): void {
    for (const part of this.#parts.values()) {
      part.stop();
    }
    this.#changed('state');
    clearTimeout(this.#timer ?? undefined);
    this.#settled.resolve();
  }

  #changed(what: 'rows' | 'state'): void {
    this.#version += 1;
    if (what === 'state') {
      this.#state = { source: this.#source, ...this.#together() };
      const parts = [...this.#parts.values()];
      if (parts.length > 0 && parts.every(({ state }) => state.phase !== 'connecting' && state.phase !== 'syncing')) {
        this.#settled.resolve();
      }
    }
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      for (const listener of this.#listeners) {
        listener();
      }
    }, togetherMs);
  }

  #together(): Omit<SourceState, 'source'> {
    const parts = [...this.#parts.values()];
    const readable = parts.filter(({ state }) => state.phase !== 'forbidden');
    const [first] = parts;
    if (first === undefined) {
      return { phase: 'connecting', lastHeardAt: null, message: null };
    }
    if (readable.length === 0) {
      return first.state;
    }
    const phase = worst.find((it) => readable.some(({ state }) => state.phase === it)) ?? 'connecting';
    const heard = readable.map(({ state }) => state.lastHeardAt).filter((at) => at !== null);
    const closed = parts.filter(({ state }) => state.phase === 'forbidden').map(({ name }) => name);
    const trouble = readable.find(({ state }) => state.phase === phase && state.message !== null)?.state.message;
    const shut = closed.length === 0 ? null : `we may not read ${closed.slice(0, 3).join(', ')}${more(closed.length)}`;
    // The part that was heard of longest ago: what all of them together can vouch for.
    return {
      phase,
      lastHeardAt: heard.length === 0 ? null : Math.min(...heard),
      message: trouble ?? shut,
    };
  }
}

function more(count: number): string {
  return count > 3 ? ` and ${count - 3} more namespaces (403)` : ' (403)';
}
