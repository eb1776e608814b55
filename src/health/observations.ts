import type { UnknownReason } from '#systems/source.ts';

export interface Sample<Value = unknown> {
  readonly value: Value;
  /** Epoch milliseconds. */
  readonly at: number;
}

export interface Failure {
  readonly reason: UnknownReason;
  readonly message: string;
  readonly at: number;
  /** Whether others who use the same server meet it too. */
  readonly isShared: boolean;
}

export interface Observation {
  /** The newest that succeeded, however old. */
  readonly latest: Sample | null;
  /** The newest attempt's failure; null when the newest attempt succeeded. */
  readonly failure: Failure | null;
  /** What differences are made against: the oldest sample of the last five minutes, else the one before the latest. */
  readonly previous: Sample | null;
}

/** How far back a difference looks, so that an eviction is not gone from the screen ten seconds later. */
const windowMs = 5 * 60_000;
/** Over less than this a counter may stand still while the trouble goes on: two commands typed one after the other. */
const shortestMs = 10_000;
/** An older sample says nothing about now. */
const oldestMs = 60 * 60_000;

interface Slot {
  latest: Sample | null;
  failure: Failure | null;
  /** Older samples, oldest first. */
  history: Sample[];
}

export interface Observations {
  of(key: string): Observation | null;
  succeeded(key: string, value: unknown, at: number): void;
  failed(key: string, failure: Failure): void;
  /** A sample of an earlier process, to make differences against. */
  remember(key: string, sample: Sample): void;
  /** Moves every instant by so much: what was observed before the clock was set back stays as old as it is. */
  shift(milliseconds: number): void;
  /** What is kept for the next process: the newest sample of each key, behind one that is old enough to tell a difference. */
  samples(): ReadonlyMap<string, readonly Sample[]>;
}

export function createObservations(): Observations {
  const slots = new Map<string, Slot>();
  const slotOf = (key: string): Slot => {
    let slot = slots.get(key);
    if (slot === undefined) {
      slot = { latest: null, failure: null, history: [] };
      slots.set(key, slot);
    }
    return slot;
  };
  return {
    of(key) {
      const slot = slots.get(key);
      if (slot === undefined) {
        return null;
      }
      return { latest: slot.latest, failure: slot.failure, previous: slot.history[0] ?? null };
    },
    succeeded(key, value, at) {
      const slot = slotOf(key);
      if (slot.latest !== null) {
        slot.history.push(slot.latest);
      }
      slot.latest = { value, at };
      slot.failure = null;
      slot.history = windowed(slot.history, at);
    },
    failed(key, failure) {
      slotOf(key).failure = failure;
    },
    remember(key, sample) {
      const slot = slotOf(key);
      if (slot.latest === null) {
        slot.history = [...slot.history, sample].sort((a, b) => a.at - b.at);
      }
    },
    shift(milliseconds) {
      const moved = <T extends { readonly at: number }>(kept: T) => ({ ...kept, at: kept.at + milliseconds });
      for (const slot of slots.values()) {
        slot.latest = slot.latest && moved(slot.latest);
        slot.failure = slot.failure && moved(slot.failure);
        slot.history = slot.history.map(moved);
      }
    },
    samples() {
      const kept = new Map<string, readonly Sample[]>();
      for (const [key, { latest, history }] of slots) {
        if (latest !== null) {
          const base = Math.max(
            0,
            history.findLastIndex(({ at }) => latest.at - at >= shortestMs),
          );
          // The one after it takes its place as soon as it is old enough.
          kept.set(key, [...history.slice(base, base + 2), latest]);
        }
      }
      return kept;
    },
  };
}

/** Samples within the window, or the newest one outside it; a clock that was set back drops what is "later". */
function windowed(history: readonly Sample[], now: number): Sample[] {
  const usable = history.filter((sample) => sample.at <= now && now - sample.at <= oldestMs);
  const first = usable.findIndex((sample) => now - sample.at <= windowMs);
  if (first === -1) {
    return usable.slice(-1);
  }
  return usable.slice(first);
}
