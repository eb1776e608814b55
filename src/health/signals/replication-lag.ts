import { span } from '#text/age.ts';
import { size } from '#text/size.ts';
import { type Replication, replication, type Upstream } from '../queries/replication.ts';
import { andMore, brief } from '../reading.ts';
import { type Reading, serverSignal } from '../signal.ts';

/** A receiver that has heard nothing for this long is dead, whatever it says of itself (`wal_receiver_timeout` is 60 s). */
const silentSeconds = 60;

/** In bytes that a standby has not replayed (facts: data-tier.md §7: 64 MB / 1 GB). */
export const signal = serverSignal<Replication>({
  name: 'replication-lag',
  title: 'Replication',
  layer: 'platform',
  unit: 'bytes',
  threshold: { direction: 'above', warn: 64 * 1024 ** 2, critical: 1024 ** 3 },
  query: replication,
  read(observed, { source }) {
    const reading = observed.upstream === null ? fromPrimary(observed) : fromStandby(observed.upstream);
    return reading === null ? null : { ...reading, cause: source };
  },
});

/** null on a server that has no standby and expects none. */
function fromPrimary({ downstream, absent, commitsWait }: Replication): Reading | null {
  const furthest = downstream.toSorted((a, b) => (b.bytes ?? 0) - (a.bytes ?? 0))[0];
  const value = furthest?.bytes ?? null;
  if (commitsWait) {
    return { value, grade: 'critical', message: 'no synchronous standby is connected: commits wait' };
  }
  const missing = absent.toSorted((a, b) => b.retainedBytes - a.retainedBytes)[0];
  if (missing !== undefined) {
    const message = `standby ${brief(missing.name)} is not connected, ${size(missing.retainedBytes)} of WAL kept for it`;
    return { value: missing.retainedBytes, grade: 'critical', message: `${message}${andMore(absent.length - 1)}` };
  }
  if (furthest === undefined) {
    return null;
  }
  if (value === null) {
    // A standby that copies its base has replayed nothing yet.
    return { value, grade: 'warn', message: `standby ${brief(furthest.name)} is in ${brief(furthest.state)}` };
  }
  const others = andMore(downstream.length - 1);
  return {
    value,
    message: `standby ${brief(furthest.name)} ${value === 0 ? 'in step' : `${size(value)} behind`}${others}`,
  };
}

/** A dead primary makes the usual formula say 0 s: nothing is in step without a live receiver (facts: data-tier.md §0.3). */
function fromStandby(upstream: Upstream): Reading {
  const value = upstream.applyBytes;
  const delay = upstream.delaySeconds === null ? '' : `, last change ${span(upstream.delaySeconds)} old`;
  if (upstream.streams && upstream.receiver === null) {
    return { value, grade: 'critical', message: `standby without a WAL receiver${delay}` };
  }
  if (upstream.streams && (upstream.messageSeconds ?? 0) > silentSeconds) {
    const message = `WAL receiver has heard nothing for ${span(upstream.messageSeconds ?? 0)}`;
    return { value, grade: 'critical', message };
  }
  if (upstream.paused) {
    return { value, grade: 'warn', message: `replay is paused, ${size(value)} wait${delay}` };
  }
  const from = upstream.streams ? 'streaming' : 'from the archive';
  return { value, message: `standby ${from}, ${value === 0 ? 'in step' : `${size(value)} to replay`}` };
}
