import type { Tenant } from '#estate/estate.ts';
import { thresholdFor } from '#estate/thresholds.ts';
import type { SourceState, UnknownReason } from '#systems/source.ts';
import { span } from '#text/age.ts';
import { clean } from '#text/clean.ts';
import { instant } from '#text/clock.ts';
import { cut } from '#text/width.ts';
import { gradeOf } from './grade.ts';
import type { Sample } from './observations.ts';
import type { KubernetesSignal, Reading, Signal } from './signal.ts';
import type { SignalStatus } from './status.ts';
import { locate, type World } from './world.ts';

/** A message is a line on a screen: longer foreign text is cut, never wrapped. */
const longestMessage = 240;

type Location = NonNullable<ReturnType<typeof locate>>;

/** What one signal says of one tenant now; null when it does not apply to this tenant. */
export function signalStatus(signal: Signal, tenant: Tenant, world: World): SignalStatus | null {
  const location = locate(signal, tenant);
  if (location === null) {
    return null;
  }
  return signal.from === 'kubernetes'
    ? fromCluster(signal, tenant, location, world)
    : fromObservation(signal, tenant, location, world);
}

function fromCluster(signal: KubernetesSignal, tenant: Tenant, location: Location, world: World): SignalStatus | null {
  const states = signal.kinds.map((kind) => world.clusterState(tenant.cluster ?? '', kind, tenant.namespace));
  const threshold = thresholdOf(signal, tenant, world);
  const heard = states.map((state) => state?.lastHeardAt ?? null);
  const at = heard.includes(null) ? null : Math.min(...heard.map((time) => time ?? 0));
  const blind = states.map((state) => blindness(state, world)).find((found) => found !== null) ?? null;
  if (blind !== null) {
    const isShared = blind.reason !== 'loading' && !(blind.reason === 'forbidden' && signal.supplementary);
    return unknown(signal, location.source, blind.reason, blind.message, at, isShared);
  }
  const reading = signal.read(world.objectsOf(tenant), {
    tenant,
    threshold,
    now: world.now,
    previous: null,
    at: at ?? world.now,
    source: location.source,
  });
  return reading === null ? null : known(signal, reading, threshold, location.source, at ?? world.now);
}

/** Why a kind's rows can't be judged now; null when they can. */
function blindness(
  state: SourceState | null,
  world: World,
): { readonly reason: UnknownReason; readonly message: string } | null {
  if (state === null) {
    return { reason: 'loading', message: 'not read yet' };
  }
  switch (state.phase) {
    case 'live':
      return null;
    case 'connecting':
    case 'syncing':
      return world.swept
        ? { reason: 'unreachable', message: state.message ?? `${state.source} did not answer in time` }
        : { reason: 'loading', message: state.message ?? 'loading' };
    case 'forbidden':
      return { reason: 'forbidden', message: state.message ?? `${state.source}: forbidden` };
    case 'unauthenticated':
      return { reason: 'unreachable', message: state.message ?? `${state.source} does not know us` };
    case 'stale':
      return { reason: 'stale', message: state.message ?? `${state.source}: nothing heard${since(state, world)}` };
    case 'unreachable':
    case 'stopped':
      return { reason: 'unreachable', message: state.message ?? `${state.source} unreachable${since(state, world)}` };
  }
}

function since(state: SourceState, world: World): string {
  return state.lastHeardAt === null ? '' : ` for ${span((world.now - state.lastHeardAt) / 1000)}`;
}

function fromObservation(
  signal: Exclude<Signal, KubernetesSignal>,
  tenant: Tenant,
  location: Location,
  world: World,
): SignalStatus | null {
  const observation = world.observation(location.key);
  const threshold = thresholdOf(signal, tenant, world);
  if (observation === null || (observation.latest === null && observation.failure === null)) {
    return world.swept
      ? unknown(signal, location.source, 'not-probed', 'not asked this time', null, false)
      : unknown(signal, location.source, 'loading', 'not read yet', null, false);
  }
  const { latest, failure, previous } = observation;
  const paced = world.pace(location.key, location.every) * 1000;
  const age = latest === null ? Number.POSITIVE_INFINITY : world.now - latest.at;
  const patience = 2 * paced + location.deadlineMs;
  // One missed read is no news; what was seen two reads ago is no longer "now".
  if (failure !== null && age > patience) {
    const message = `${failure.message}${lastSeen(latest, world)}`;
    return unknown(signal, location.source, failure.reason, message, latest?.at ?? null, failure.isShared);
  }
  if (latest === null || age > patience + paced) {
    return unknown(
      signal,
      location.source,
      'stale',
      `not read again${lastSeen(latest, world)}`,
      latest?.at ?? null,
      false,
    );
  }
  if (latest.value === null) {
    return null;
  }
  const reading = signal.read(latest.value as never, {
    tenant,
    threshold,
    now: world.now,
    previous: previous as never,
    at: latest.at,
    source: location.source,
    ...holdsOf(tenant, world),
  });
  return reading === null ? null : known(signal, reading, threshold, location.source, latest.at);
}

function thresholdOf(signal: Signal, tenant: Tenant, { estate }: World): SignalStatus['threshold'] {
  const tier = tenant.tier === null ? undefined : estate.tiers[tenant.tier]?.thresholds;
  return thresholdFor(signal, tier, tenant.thresholds);
}

function holdsOf(tenant: Tenant, world: World) {
  const server = tenant.redis === null ? undefined : world.estate.redis[tenant.redis];
  return server === undefined ? {} : { holds: server.holds };
}

function lastSeen(latest: Sample | null, world: World): string {
  return latest === null ? '' : `, last seen ${span((world.now - latest.at) / 1000)} ago`;
}

function known(
  signal: Signal,
  reading: Reading,
  threshold: SignalStatus['threshold'],
  source: string,
  at: number,
): SignalStatus {
  const grade = gradeOf(reading, threshold);
  return {
    name: signal.name,
    title: signal.title,
    layer: signal.layer,
    grade,
    value: reading.value,
    unit: signal.unit,
    threshold,
    message: cut(clean(reading.message), longestMessage),
    source,
    reason: grade === 'unknown' ? (reading.reason ?? 'unsupported') : null,
    cause: grade === 'ok' ? null : (reading.cause ?? null),
    observedAt: instant(at),
  };
}

function unknown(
  signal: Signal,
  source: string,
  reason: UnknownReason,
  message: string,
  at: number | null,
  shared: boolean,
): SignalStatus {
  return {
    name: signal.name,
    title: signal.title,
    layer: signal.layer,
    grade: 'unknown',
    value: null,
    unit: signal.unit,
    threshold: signal.threshold,
    message: cut(clean(message), longestMessage),
    source,
    reason,
    cause: shared ? sharedSource(source) : null,
    observedAt: at === null ? null : instant(at),
  };
}

/** The system itself, without the tenant's own database or host behind it. */
function sharedSource(source: string): string {
  return source.split('/').slice(0, 2).join('/');
}
