import type { Entry } from './line.ts';
import { type VerifierKey, verifierKey } from './note.ts';

/** A key and when it may sign, as the ledger tells it. */
export interface KeyWindow {
  readonly key: VerifierKey;
  /** Epoch milliseconds; null without a bound. */
  readonly from: number | null;
  readonly until: number | null;
}

/** An anchor's clock and the ledger's are two: a note is not refused for five minutes between them. */
const leeway = 300_000;

/**
 * The keys that may speak for this ledger: those whoever asks trusts, else those that the ledger names. What the ledger says of
 * their time holds for both; the newest entry about a key decides.
 */
export function keysFor(keeping: readonly Entry[], trusted: readonly string[] | null): readonly KeyWindow[] {
  const windows = new Map<string, KeyWindow>();
  for (const { phase, params } of keeping) {
    const key = phase === 'key' ? verifierKey(String(params['vkey'])) : null;
    if (key !== null) {
      windows.set(key.text, { key, from: instant(params['from']), until: instant(params['until']) });
    }
  }
  if (trusted === null) {
    return [...windows.values()];
  }
  return trusted.flatMap((text) => {
    const key = verifierKey(text);
    return key === null ? [] : [windows.get(key.text) ?? { key, from: null, until: null }];
  });
}

/** Why a key should not have signed then; null when it might. */
export function outsideOf({ key, from, until }: KeyWindow, at: number | null): string | null {
  if (at === null) {
    return null;
  }
  const name = `key ${key.name}+${key.id}`;
  if (from !== null && at < from - leeway) {
    return `${name} signed it at ${iso(at)}, before it was in use (${iso(from)})`;
  }
  return until !== null && at > until + leeway
    ? `${name} signed it at ${iso(at)}, after it was retired (${iso(until)})`
    : null;
}

function instant(value: unknown): number | null {
  const at = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isFinite(at) ? at : null;
}

const iso = (at: number) => new Date(at).toISOString().replace('.000Z', 'Z');
