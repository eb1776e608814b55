import type { Clock } from '#text/clock.ts';

/** One thing to read again and again. `run` never throws: what failed is kept as an observation. */
export interface Probe {
  readonly key: string;
  /** Milliseconds between two reads. */
  every(): number;
  /** Goes before the others: on screen, or in trouble. */
  urgent(): boolean;
  run(): Promise<void>;
}

export interface LaneLimits {
  /** How many may be under way at once. */
  readonly width: number;
  /** Least milliseconds between two starts once each probe has run, so that many tenants do not mean much load. */
  readonly gapMs: number;
}

export interface Schedule {
  /** Sets what a lane reads. A lane is one server or one front: a stalled one holds up only its own probes. */
  assign(lane: string, probes: readonly Probe[], limits: LaneLimits): void;
  start(): void;
  stop(): void;
  /** Runs every probe once, within the lanes' widths; resolves when all are done or `signal` is aborted. */
  once(signal: AbortSignal): Promise<void>;
  /** Looks again at what is due now: something has become urgent. */
  nudge(): void;
  /** Makes everything due now: what was read is from another time. */
  hasten(): void;
  /** True when every probe has run at least once. */
  complete(): boolean;
}

interface Entry {
  probe: Probe;
  dueAt: number;
  running: boolean;
  ran: boolean;
}

interface Lane {
  entries: Map<string, Entry>;
  limits: LaneLimits;
  running: number;
  lastStartAt: number;
}

export function createSchedule(clock: Clock, random: () => number): Schedule {
  const lanes = new Map<string, Lane>();
  let timer: NodeJS.Timeout | undefined;
  let started = false;

  const launch = async (lane: Lane, entry: Entry): Promise<void> => {
    lane.running += 1;
    lane.lastStartAt = clock.monotonic();
    entry.running = true;
    try {
      await entry.probe.run();
    } finally {
      lane.running -= 1;
      entry.running = false;
      entry.ran = true;
      // Jitter keeps two hundred tenants from being read in one instant for ever after a common start.
      entry.dueAt = clock.monotonic() + entry.probe.every() * (0.9 + 0.2 * random());
    }
  };

  const tick = (): void => {
    clearTimeout(timer);
    if (!started) {
      return;
    }
    let wakeAt = Number.POSITIVE_INFINITY;
    for (const lane of lanes.values()) {
      wakeAt = Math.min(wakeAt, runDue(lane));
    }
    const delay = Math.min(Math.max(wakeAt - clock.monotonic(), 20), 1000);
    timer = setTimeout(tick, delay);
  };

  /** Starts what is due in a lane; returns when to look again. */
  const runDue = (lane: Lane): number => {
    const now = clock.monotonic();
    let wakeAt = Number.POSITIVE_INFINITY;
    while (lane.running < lane.limits.width) {
      const next = mostDue(lane, now);
      if (next === undefined) {
        break;
      }
      const early = lane.lastStartAt + lane.limits.gapMs;
      if (next.ran && !next.probe.urgent() && now < early) {
        wakeAt = Math.min(wakeAt, early);
        break;
      }
      launch(lane, next).then(tick, tick);
    }
    for (const entry of lane.entries.values()) {
      if (!entry.running && entry.dueAt > now) {
        wakeAt = Math.min(wakeAt, entry.dueAt);
      }
    }
    return wakeAt;
  };

  return {
    assign(name, probes, limits) {
      const lane = lanes.get(name) ?? { entries: new Map(), limits, running: 0, lastStartAt: Number.NEGATIVE_INFINITY };
      lane.limits = limits;
      const entries = new Map<string, Entry>();
      for (const probe of probes) {
        const known = lane.entries.get(probe.key);
        if (known === undefined) {
          entries.set(probe.key, { probe, dueAt: 0, running: false, ran: false });
        } else {
          known.probe = probe;
          entries.set(probe.key, known);
        }
      }
      lane.entries = entries;
      lanes.set(name, lane);
      if (started) {
        tick();
      }
    },
    start() {
      started = true;
      tick();
    },
    stop() {
      started = false;
      clearTimeout(timer);
    },
    async once(signal) {
      await Promise.all([...lanes.values()].map((lane) => runAll(lane, signal, launch)));
    },
    nudge() {
      if (started) {
        tick();
      }
    },
    hasten() {
      for (const lane of lanes.values()) {
        for (const entry of lane.entries.values()) {
          entry.dueAt = clock.monotonic();
        }
      }
      if (started) {
        tick();
      }
    },
    complete() {
      return [...lanes.values()].every((lane) => [...lane.entries.values()].every((entry) => entry.ran));
    },
  };
}

/** Urgent first, then whoever has waited longest. */
function mostDue(lane: Lane, now: number): Entry | undefined {
  let best: Entry | undefined;
  for (const entry of lane.entries.values()) {
    if (entry.running || entry.dueAt > now) {
      continue;
    }
    if (best === undefined || rank(entry) < rank(best)) {
      best = entry;
    }
  }
  return best;
}

function rank(entry: Entry): number {
  return entry.probe.urgent() ? entry.dueAt - 1e12 : entry.dueAt;
}

async function runAll(
  lane: Lane,
  signal: AbortSignal,
  launch: (lane: Lane, entry: Entry) => Promise<void>,
): Promise<void> {
  const waiting = [...lane.entries.values()].filter((entry) => !entry.running);
  const worker = async (): Promise<void> => {
    for (let entry = waiting.shift(); entry !== undefined && !signal.aborted; entry = waiting.shift()) {
      await launch(lane, entry);
    }
  };
  const aborted = new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  const workers = Array.from({ length: lane.limits.width }, worker);
  await Promise.race([Promise.all(workers), aborted]);
}
