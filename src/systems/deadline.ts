/** Milliseconds as a person says them: `2 s`, `1.8 s`, `0.25 s`. */
export function seconds(milliseconds: number): string {
  return `${Number((milliseconds / 1000).toFixed(2))} s`;
}

/**
 * Settles as `promise` does, or throws what `late` returns once `milliseconds` have gone by. Servers that accept and then say
 * nothing are the worst ones: no client library ends such a wait by itself in all of its states (facts: data-tier.md §0.4, §0.6).
 * `late` also cleans up: whatever was being waited for must be torn down by it.
 */
export async function within<T>(milliseconds: number, promise: Promise<T>, late: () => Error): Promise<T> {
  const { promise: overdue, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(late()), Math.max(0, milliseconds));
  try {
    return await Promise.race([promise, overdue]);
  } finally {
    clearTimeout(timer);
    // The loser of the race may still fail; nobody waits for it any more.
    promise.catch(() => undefined);
  }
}
