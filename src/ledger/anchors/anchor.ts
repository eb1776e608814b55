import type { HeldNote } from '../verifier/evidence.ts';

/** A checkpoint on its way out. */
export interface Outgoing {
  readonly origin: string;
  readonly size: number;
  readonly note: string;
  /** Epoch milliseconds. */
  readonly at: number;
  /** Nothing was recorded since the last one: it says that somebody still watches. */
  readonly isHeartbeat: boolean;
}

/** What a place holds of our checkpoints. */
export interface Reading {
  readonly notes: readonly HeldNote[];
  /** When each size came there, also of those that were not read. */
  readonly times: readonly { readonly at: number; readonly size: number }[];
  /** How many it holds. */
  readonly held: number;
}

/** A place outside that keeps checkpoints, where whoever may change the ledger cannot take them back. */
export interface Anchor {
  readonly name: string;
  /** `s3`, `git`, `syslog`, `mount`. */
  readonly kind: string;
  /** Resolves with where it is when the place has it; rejects with a sentence when it has not. */
  put(checkpoint: Outgoing): Promise<string>;
  /** Null where nothing can be read back. Rejects with a sentence when the place gave no answer. */
  read(estateId: string): Promise<Reading | null>;
  /** What makes it a weaker witness than it should be; null when nothing does. */
  weakness(): Promise<string | null>;
}

/** A year of minutes is half a million checkpoints: the newest are read, and of the others some from everywhere. */
export const mostRead = 1_000;

export function worthReading<T>(all: readonly T[]): readonly T[] {
  if (all.length <= mostRead) {
    return all;
  }
  const newest = all.slice(-200);
  const others = all.slice(0, -200);
  const step = others.length / (mostRead - 200);
  return [...Array.from({ length: mostRead - 200 }, (_, at) => others[Math.floor(at * step)]), ...newest].flatMap(
    (item) => item ?? [],
  );
}

/** `checkpoints/<origin>/<size>.txt`; another one of the same size, a heartbeat, has its time beside it. */
export function nameFor({ origin, size, at, isHeartbeat }: Outgoing): string {
  const beat = isHeartbeat ? `-${new Date(at).toISOString().replaceAll(/[:.]/g, '')}` : '';
  return `checkpoints/${origin}/${size}${beat}.txt`;
}

export function sizeIn(name: string): number | null {
  const { size } = /\/(?<size>\d{1,16})(?:-[\dTZ-]+)?\.txt$/.exec(name)?.groups ?? {};
  return size === undefined ? null : Number(size);
}
