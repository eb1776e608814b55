import * as v from 'valibot';
import type { Identity } from './identity.ts';

/**
 * Who runs an operation, and the last sign of life. It stands beside the chain: a heartbeat is no event that anybody will
 * ever ask for. A console that finds an open operation must never end one that still runs in another terminal, so what
 * counts is whether that very process lives; the heartbeat alone decides only where it cannot be seen.
 */
export const leaseSchema = v.object({
  operation: v.string(),
  host: v.string(),
  machine: v.nullable(v.string()),
  boot: v.nullable(v.string()),
  pidNamespace: v.nullable(v.string()),
  pid: v.number(),
  started: v.nullable(v.string()),
  renewals: v.number(),
  heartbeatAt: v.string(),
  /** The machine's uptime at the heartbeat: no setting of the clock moves it. */
  uptimeMs: v.number(),
  ttlMs: v.number(),
  /** How long it counts as live after its process is gone: a worker is on its way to take it over. */
  graceMs: v.optional(v.number(), 0),
});
export type Lease = v.InferOutput<typeof leaseSchema>;

/** `stalled` is alive and silent: stopped, or stuck. Nobody but its owner may end it. */
export type Life = 'live' | 'stalled' | 'lapsed';

export interface LeaseView {
  readonly life: Life;
  /** In words, for a person and for the record. */
  readonly why: string;
  readonly lease: Lease | null;
}

export interface Observer {
  readonly identity: Identity;
  readonly uptimeMs: number;
  readonly now: number;
  /** When the process of that number began; null when there is none. */
  readonly startOf: (pid: number) => string | null;
}

export function lifeOf(lease: Lease, observer: Observer): LeaseView {
  const view = (life: Life, why: string): LeaseView => ({ life, why, lease });
  const { identity, uptimeMs } = observer;
  if (!isSameMachine(lease, identity)) {
    const silent = observer.now - Date.parse(lease.heartbeatAt) > lease.ttlMs;
    return silent
      ? view('stalled', `it ran on ${lease.host}, which cannot be seen from here`)
      : view('live', `it runs on ${lease.host}`);
  }
  if (lease.boot !== null && identity.boot !== null ? lease.boot !== identity.boot : lease.uptimeMs > uptimeMs) {
    return view('lapsed', 'the machine has been started anew since');
  }
  const silentMs = uptimeMs - lease.uptimeMs;
  const isSilent = silentMs > lease.ttlMs;
  const silence = `silent for ${Math.round(silentMs / 1000)} s`;
  if (lease.started !== null && lease.pidNamespace === identity.pidNamespace) {
    if (observer.startOf(lease.pid) !== lease.started) {
      if (silentMs <= lease.graceMs) {
        return view('live', 'a worker is about to take it over');
      }
      return view('lapsed', `process ${lease.pid} is gone`);
    }
    return isSilent
      ? view('stalled', `process ${lease.pid} lives but is ${silence}`)
      : view('live', `process ${lease.pid} runs it`);
  }
  return isSilent ? view('lapsed', silence) : view('live', 'its heartbeat is fresh');
}

export function isOwn(lease: Lease, { host, machine, boot, pidNamespace, pid, started }: Identity): boolean {
  return (
    isSameMachine(lease, { host, machine }) &&
    lease.boot === boot &&
    lease.pidNamespace === pidNamespace &&
    lease.pid === pid &&
    lease.started === started
  );
}

/** By machine id where both have one; a host's name may change while it runs. */
export function isSameMachine(
  a: { readonly host: string; readonly machine: string | null },
  b: { readonly host: string; readonly machine: string | null },
): boolean {
  return a.machine !== null && b.machine !== null ? a.machine === b.machine : a.host === b.host;
}
