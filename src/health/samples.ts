import type { Observations, Sample } from './observations.ts';
import type { StateFolder } from './state-folder.ts';

const file = 'samples.json';
/** A counter older than this says nothing about now. */
const lifeMs = 60 * 60_000;
/** Server-wide counters are small; anything larger is no counter. */
const largest = 64 * 1024;

/** Brings back the last run's counters, so that a single command can grade a difference (design §3). */
export async function recallSamples(folder: StateFolder, observations: Observations, now: number): Promise<void> {
  const kept = await folder.read(file);
  if (!Array.isArray(kept)) {
    return;
  }
  for (const entry of kept) {
    if (!Array.isArray(entry) || typeof entry[0] !== 'string' || typeof entry[1] !== 'number') {
      continue;
    }
    const [key, at, value] = entry;
    if (at <= now && now - at <= lifeMs) {
      observations.remember(key, {
        at,
        value: key.startsWith('redis/') ? new Map(Object.entries(value ?? {})) : value,
      });
    }
  }
}

/** Keeps the newest samples of every server-wide read: PostgreSQL servers' and Redis's, not the tenants' own rows. */
export async function keepSamples(folder: StateFolder, observations: Observations): Promise<void> {
  const kept: [string, number, unknown][] = [];
  for (const [key, samples] of observations.samples()) {
    if (!key.startsWith('postgres/') && !key.startsWith('redis/')) {
      continue;
    }
    for (const sample of samples) {
      const value = plain(sample);
      if (JSON.stringify(value ?? null).length <= largest) {
        kept.push([key, sample.at, value]);
      }
    }
  }
  await folder.write(file, kept);
}

function plain({ value }: Sample): unknown {
  return value instanceof Map ? Object.fromEntries(value) : value;
}
