import { isQuiet, severity } from './grade.ts';
import type { Grade, Layer, LayerStatus, SharedCause, SignalStatus } from './status.ts';
import { layers } from './status.ts';

/**
 * The layer's grade with the signal that decides it; null when no signal of the layer applies. What is `supplementary` and
 * forbidden is left aside like what has nothing to judge now; a server that could not be asked at all never is.
 */
export function layerStatus(
  layer: Layer,
  signals: readonly SignalStatus[],
  supplementary: ReadonlySet<string> = new Set(),
): LayerStatus | null {
  const own = signals.filter((signal) => signal.layer === layer);
  const isAside = (signal: SignalStatus): boolean =>
    signal.grade === 'unknown' &&
    ((isQuiet(signal.reason) && signal.cause === null) ||
      (signal.reason === 'forbidden' && supplementary.has(signal.name)));
  const judged = own.filter((signal) => !isAside(signal));
  const deciding = worstOf(judged) ?? worstOf(own);
  if (deciding === undefined) {
    return null;
  }
  return {
    grade: deciding.grade,
    signal: deciding.name,
    message: deciding.message,
    reason: deciding.reason,
    observedAt: oldest(own),
  };
}

/** First among the worst, in the order given: signals are listed with causes before effects. */
function worstOf(signals: readonly SignalStatus[]): SignalStatus | undefined {
  let worst: SignalStatus | undefined;
  for (const signal of signals) {
    if (worst === undefined || severity[signal.grade] > severity[worst.grade]) {
      worst = signal;
    }
  }
  return worst;
}

function oldest(signals: readonly SignalStatus[]): string | null {
  const instants = signals.flatMap((signal) => (signal.observedAt === null ? [] : [signal.observedAt]));
  return instants.sort()[0] ?? null;
}

export interface Verdict {
  readonly grade: Grade;
  readonly decidedBy: Layer | null;
  readonly message: string;
}

/**
 * The tenant's grade: its worst layer. Platform before application before business, as causes come before effects: when
 * orders stop because sessions are blocked, the words say both, the cause first.
 */
export function verdict(status: Readonly<Record<Layer, LayerStatus | null>>): Verdict {
  let worst: { readonly layer: Layer; readonly status: LayerStatus } | undefined;
  for (const layer of layers) {
    const own = status[layer];
    if (own !== null && (worst === undefined || severity[own.grade] > severity[worst.status.grade])) {
      worst = { layer, status: own };
    }
  }
  if (worst === undefined) {
    return { grade: 'unknown', decidedBy: null, message: 'no signal applies to this tenant' };
  }
  const { grade } = worst.status;
  return { grade, decidedBy: worst.layer, message: words(worst.status, status) };
}

function words(deciding: LayerStatus, status: Readonly<Record<Layer, LayerStatus | null>>): string {
  if (deciding.grade === 'ok') {
    return '';
  }
  if (deciding.grade === 'unknown') {
    return deciding.message;
  }
  const hurting = layers.flatMap((layer) => {
    const own = status[layer];
    return own?.grade === 'critical' || own?.grade === 'warn' ? [own.message] : [];
  });
  return hurting.join('; ');
}

/** What hurts two tenants or more through one thing, worst and widest first. */
export function sharedCauses(
  tenants: readonly { readonly tenant: string; readonly signals: readonly SignalStatus[] }[],
): readonly SharedCause[] {
  const found = new Map<string, { signal: SignalStatus; cause: string; tenants: string[] }>();
  for (const { tenant, signals } of tenants) {
    const seen = new Set<string>();
    for (const signal of signals) {
      if (signal.cause === null || signal.grade === 'ok' || seen.has(signal.cause)) {
        continue;
      }
      seen.add(signal.cause);
      const known = found.get(signal.cause);
      if (known === undefined) {
        found.set(signal.cause, { signal, cause: signal.cause, tenants: [tenant] });
      } else {
        known.tenants.push(tenant);
        if (severity[signal.grade] > severity[known.signal.grade]) {
          known.signal = signal;
        }
      }
    }
  }
  return [...found.values()]
    .filter((cause) => cause.tenants.length > 1)
    .map(({ signal, cause, tenants: hurt }) => ({
      cause,
      signal: signal.name,
      grade: signal.grade,
      message: signal.message,
      tenants: hurt,
    }))
    .sort((a, b) => severity[b.grade] - severity[a.grade] || b.tenants.length - a.tenants.length);
}
