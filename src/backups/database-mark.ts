/**
 * What a database says of itself when till has made it, in its comment: leftovers are found by it, and nothing without it is ever dropped.
 * `scratch` is a restore on its way or a drill's, `restored` is whole, `kept` is what was live before a swap.
 */
export interface DatabaseMark {
  readonly till: 'scratch' | 'restored' | 'kept';
  /** The operation that made it what it is. */
  readonly operation: string;
  readonly tenant: string;
  /** The backup that it comes from; null for one that was live. */
  readonly backup: string | null;
  /** RFC 3339: when it became that. */
  readonly at: string;
  /** What it holds is of then; left out of a scratch one that is on its way. */
  readonly holds?: string;
  /** The name that a scratch one is to get; its files may have it already. */
  readonly becomes?: string;
  /** The comment that it had before; left out where it had none. */
  readonly was?: string;
}

const words: readonly unknown[] = ['scratch', 'restored', 'kept'];

export function markText(mark: DatabaseMark): string {
  return JSON.stringify(mark);
}

/** Null for a comment that is none of ours. */
export function markOf(comment: string | null): DatabaseMark | null {
  try {
    const { till, operation, tenant, backup = null, at, holds, becomes, was } = JSON.parse(comment ?? '');
    const isMark =
      words.includes(till) &&
      [operation, tenant, at].every((text) => typeof text === 'string') &&
      (backup === null || typeof backup === 'string');
    return isMark
      ? {
          ...{ till, operation, tenant, backup, at },
          ...(typeof holds === 'string' ? { holds } : {}),
          ...(typeof becomes === 'string' ? { becomes } : {}),
          ...(typeof was === 'string' ? { was } : {}),
        }
      : null;
  } catch {
    return null;
  }
}

/** While it is made, and for good in a drill: `till_01k…`. */
export function scratchName(operation: string): string {
  return `till_${operation.toLowerCase()}`;
}

/** What was live is called after the swap by this name; PostgreSQL cuts names at 63 bytes. */
export function keptName(database: string, operation: string): string {
  return `${database.slice(0, 63 - 32)}_till_${operation.toLowerCase()}`;
}
