/** The time, as a parameter. Instants are epoch milliseconds; `monotonic` never jumps and is for durations only. */
export interface Clock {
  /** Wall time, epoch milliseconds. May jump when the machine's clock is set. */
  now(): number;
  /** Milliseconds since an arbitrary start; never goes back. */
  monotonic(): number;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
};

/** RFC 3339 in UTC with second precision, as the contract prints instants (design §9). */
export function instant(epochMilliseconds: number): string {
  return new Date(epochMilliseconds).toISOString().replace(/\.\d{3}Z$/, 'Z');
}
