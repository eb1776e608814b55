import { isDeepStrictEqual } from 'node:util';
import type { Tenant } from '#estate/estate.ts';
import { type Clock, systemClock } from '#text/clock.ts';
import { causesFirst } from './causes-first.ts';
import { createCensus } from './census.ts';
import { createClusters } from './clusters.ts';
import { createConnections } from './connections.ts';
import { detailOf } from './detail.ts';
import { keepRun, recallRun } from './last-run.ts';
import { type Marks, noMarks } from './marks.ts';
import { createObservations } from './observations.ts';
import { paint } from './picture.ts';
import { assignProbes, neededBy } from './plan.ts';
import { type ProbeContext, serverProbe } from './probes.ts';
import { type DatabaseUse, databasesQuery } from './queries/databases.ts';
import { keepSamples, recallSamples } from './samples.ts';
import { createSchedule } from './schedule.ts';
import { signals as allSignals } from './signals/index.ts';
import { stateFolder } from './state-folder.ts';
import type { TenantStatus } from './status.ts';
import { tenantStatus } from './tenant-status.ts';
import type { Picture, Watcher, WatcherOptions } from './watcher.ts';
import { keys, type World } from './world.ts';

/** Milliseconds between two pictures at the most often. */
const publishMs = 250;
/** Ages count on even when nothing is heard: judge everybody again this often. */
const rejudgeMs = 5000;
const keepMs = 30_000;
const marksMs = 3000;
/** Wall time that runs away from monotonic time by so much was set, or the machine has slept. */
const jumpMs = 5000;
/** How long a sweep waits for clusters, which is longer than their own deadline, so that their words are in; and for everything. */
const clusterPatienceMs = 12_000;
const sweepPatienceMs = 45_000;

export interface OpenWatcherOptions extends WatcherOptions {
  readonly clock?: Clock;
  readonly random?: () => number;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** Reads an estate: once with `sweep`, or from the first `subscribe` on for as long as it is open. */
export async function openWatcher(options: OpenWatcherOptions): Promise<Watcher> {
  const { estate, clock = systemClock, random = Math.random, env = process.env } = options;
  const choose = options.choose ?? ((tenants: readonly Tenant[]) => tenants);
  const signals = causesFirst(allSignals).filter((signal) => options.layers?.includes(signal.layer) ?? true);
  const folder = stateFolder(estate.id, env);
  const observations = createObservations();
  await recallSamples(folder, observations, clock.now());
  const last = await recallRun(folder);

  const connections = createConnections({
    estate,
    clock,
    random,
    env,
    knownNamespaces: (cluster) => namespacesOf([...census.known, ...estate.tenants, ...(last?.tenants ?? [])], cluster),
  });
  const needed = neededBy(estate, signals);
  const clusters = createClusters(needed.clusters, needed.kinds, needed.namespaces, connections);
  const databaseUse = (server: string): readonly DatabaseUse[] | null =>
    (observations.of(keys.server(server, databasesQuery.name))?.latest?.value as readonly DatabaseUse[]) ?? null;
  const census = createCensus({ estate, needed, clusters, databaseUse, before: last?.tenants ?? [] });
  const schedule = createSchedule(clock, random);

  const statuses = new Map<string, TenantStatus>();
  const dirty = new Set<string>();
  const listeners = new Set<() => void>();
  const timers: NodeJS.Timeout[] = [];
  let paces: ReadonlyMap<string, number> = new Map();
  let focused: string | null = null;
  let shown: Picture | null = null;
  let phase: 'idle' | 'live' | 'swept' | 'closed' = 'idle';
  /** Of wall time before monotonic time. */
  let offset = clock.now() - clock.monotonic();
  let judgedAt = Number.NEGATIVE_INFINITY;
  let marks: Marks = noMarks;

  const context: ProbeContext = {
    estate,
    connections,
    observations,
    clock,
    isFocused: (name) => name === focused,
    isUrgent: (name) => name === focused || hurts.has(statuses.get(name)?.grade ?? 'ok'),
    changed: (names) => {
      for (const name of names) {
        dirty.add(name);
      }
    },
  };

  const world = (): World => ({
    estate,
    signals,
    now: clock.now(),
    swept: phase === 'swept',
    marks,
    observation: (key) => observations.of(key),
    pace: (key, every) => Math.max(every, key.startsWith('database/') ? (paces.get(key.split('/')[1] ?? '') ?? 0) : 0),
    objectsOf: (tenant) => clusters.objectsOf(tenant),
    clusterState: (cluster, kind, namespace) => clusters.stateOf(cluster, kind, namespace),
  });

  /** Whether everybody had answered when tenants were last looked for: an answer since then has not been taken in. */
  let wasCounted = false;

  /** Takes in what the systems say now; new tenants get their probes. */
  const look = (chooseFrom: (tenants: readonly Tenant[]) => readonly Tenant[]): void => {
    wasCounted = isCounted();
    context.changed(clusters.refresh(census.tenants));
    const changed = census.look(chooseFrom);
    if (changed === null) {
      return;
    }
    context.changed(changed);
    for (const name of statuses.keys()) {
      if (census.tenant(name) === undefined) {
        statuses.delete(name);
      }
    }
    paces = assignProbes({ estate, signals, tenants: census.tenants, context, schedule, databaseUse });
  };

  const judge = (names: Iterable<string>): void => {
    const now = world();
    for (const name of names) {
      const tenant = census.tenant(name);
      if (tenant !== undefined) {
        statuses.set(name, tenantStatus(tenant, now));
      }
    }
    dirty.clear();
  };

  /** Nobody more will be found: every system that names tenants has answered, or is known not to. */
  const isCounted = (): boolean =>
    needed.discoveryClusters.every((name) => clusters.hasAnswered(name) || clusters.isAway(name)) &&
    needed.discoveryServers.every((name) => observations.of(keys.server(name, databasesQuery.name)) !== null);

  const isSettled = (): boolean =>
    phase === 'swept' || (wasCounted && census.tenants.length > 0 && schedule.complete());

  const repaint = (): Picture => {
    shown = paint({
      estate,
      at: clock.now(),
      statuses: [...statuses.values()],
      sources: [...clusters.states(), ...connections.states()],
      settled: isSettled(),
    });
    return shown;
  };

  /**
   * A clock set back would make what was seen before look fresh for as long: its instants go back too. Forward, it may as
   * well be a machine that slept, so what was seen before is as old as it looks and is read again at once.
   */
  const followClock = (): void => {
    const jumped = clock.now() - clock.monotonic() - offset;
    if (Math.abs(jumped) < jumpMs) {
      return;
    }
    offset += jumped;
    if (jumped < 0) {
      observations.shift(jumped);
    } else {
      schedule.hasten();
    }
  };

  const publish = (): void => {
    followClock();
    const now = clock.monotonic();
    const everybody = now - judgedAt >= rejudgeMs;
    if (everybody || !isSettled()) {
      look(forgiving(choose));
    } else {
      context.changed(clusters.refresh(census.tenants));
    }
    if (!everybody && dirty.size === 0) {
      return;
    }
    judge(everybody ? census.tenants.map((tenant) => tenant.name) : [...dirty]);
    judgedAt = everybody ? now : judgedAt;
    repaint();
    listeners.forEach((listener) => {
      listener();
    });
  };

  const lookAtMarks = async (): Promise<void> => {
    const now = (await options.marks?.().catch(() => null)) ?? marks;
    if (!isDeepStrictEqual(now, marks)) {
      marks = now;
      context.changed(census.tenants.map((tenant) => tenant.name));
    }
  };

  const keep = async (): Promise<void> => {
    await keepSamples(folder, observations);
    if (census.known.length > 0 && options.choose === undefined && options.layers === undefined) {
      await keepRun(folder, { at: clock.now(), tenants: census.known, statuses: [...statuses.values()] });
    }
  };

  const start = async (): Promise<void> => {
    phase = 'live';
    await Promise.all([clusters.open(() => undefined), lookAtMarks()]);
    if ((phase as string) === 'closed') {
      return;
    }
    schedule.start();
    timers.push(
      setInterval(publish, publishMs),
      setInterval(() => void lookAtMarks(), marksMs),
      setInterval(() => void keep(), keepMs),
    );
    publish();
  };

  return {
    picture: () => shown ?? repaint(),
    known: () => census.known,
    subscribe(listener) {
      listeners.add(listener);
      if (phase === 'idle') {
        void start();
      }
      return () => listeners.delete(listener);
    },
    focus(tenant) {
      focused = tenant;
      schedule.nudge();
    },
    detail() {
      const tenant = census.tenant(focused ?? '');
      const status = statuses.get(focused ?? '');
      return tenant === undefined || status === undefined ? null : detailOf(tenant, status, world());
    },
    async sweep() {
      const patience = AbortSignal.timeout(sweepPatienceMs);
      await clusters.open(() => undefined);
      await Promise.all([
        clusters.settled(AbortSignal.timeout(clusterPatienceMs)),
        ...needed.discoveryServers.map((server) => serverProbe(server, databasesQuery, [], context).run()),
      ]);
      look(choose);
      await Promise.all([schedule.once(patience), lookAtMarks()]);
      phase = 'swept';
      judge(census.tenants.map((tenant) => tenant.name));
      const picture = repaint();
      await keep();
      return picture;
    },
    async close() {
      if (phase === 'closed') {
        return;
      }
      const wasLive = phase === 'live';
      phase = 'closed';
      schedule.stop();
      timers.forEach(clearInterval);
      clusters.close();
      if (wasLive) {
        await keep();
      }
      await connections.close();
    },
  };
}

const hurts: ReadonlySet<string> = new Set(['critical', 'warn']);

/** While tenants are still being found, a name that nobody has yet is no error. */
function forgiving(
  choose: (tenants: readonly Tenant[]) => readonly Tenant[],
): (tenants: readonly Tenant[]) => readonly Tenant[] {
  return (tenants) => {
    try {
      return choose(tenants);
    } catch {
      return [];
    }
  };
}

interface Placed {
  readonly cluster?: string | null | undefined;
  readonly namespace?: string | null | undefined;
}

function namespacesOf(tenants: readonly Placed[], cluster: string): readonly string[] {
  const own = tenants.filter((tenant) => tenant.cluster === cluster);
  return [...new Set(own.flatMap((tenant) => tenant.namespace ?? []))];
}
