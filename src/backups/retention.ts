import type { Estate } from '#estate/estate.ts';

type TierBackup = NonNullable<Estate['tiers'][string]['backup']>;

/** What the rules need to know of a backup. */
export interface Candidate {
  readonly backup: string;
  /** Epoch milliseconds. */
  readonly snapshotAt: number;
  /** Whole, and not found broken: it may stand for its day. */
  readonly isUsable: boolean;
  /** The highest level that was proven; null where nothing was. */
  readonly proven: string | null;
  /** Its signature is a stranger's: kept for a person to look at. */
  readonly isForged: boolean;
  /** Epoch milliseconds until which object lock holds a part of it; null where nothing does. */
  readonly lockedUntil: number | null;
}

export interface Judged<C extends Candidate = Candidate> {
  readonly candidate: C;
  readonly keep: boolean;
  /** Why it stays: `last 1 of 3`, `daily 2026-11-20`, `the last one proven`; or why it goes. Never empty. */
  readonly reasons: readonly string[];
}

export interface Retention<C extends Candidate = Candidate> {
  /** Newest first. */
  readonly judged: readonly Judged<C>[];
  /** Why nothing at all may go now; null where the rules may be followed. */
  readonly standstill: string | null;
}

const rules = ['last', 'daily', 'weekly', 'monthly', 'yearly'] as const;
type Rule = (typeof rules)[number];

/**
 * Grandfather, father, son as restic has it (facts: data-tier.md §2.4): for the last n days, weeks, months and years that have a
 * backup, the newest of each; and everything within `keep` of the newest. One rule that keeps it is enough. Days are the tenant's own.
 * Whatever the rules say: not the last proven one, nothing that object lock holds, and nothing while no new ones come.
 */
export function judge<C extends Candidate>(
  candidates: readonly C[],
  policy: TierBackup | undefined,
  { now, timezone }: { readonly now: number; readonly timezone: string },
): Retention<C> {
  const newestFirst = candidates.toSorted((a, b) => b.snapshotAt - a.snapshotAt || (a.backup < b.backup ? 1 : -1));
  const standstill = standstillOf(newestFirst, policy, now);
  const usable = newestFirst.filter(({ isUsable }) => isUsable);
  const kept = new Map<C, string[]>(newestFirst.map((candidate) => [candidate, []]));
  const because = (candidate: C, reason: string) => kept.get(candidate)?.push(reason);
  for (const rule of rules) {
    for (const [candidate, words] of newestOfEach(usable, rule, policy?.retain?.[rule] ?? 0, timezone)) {
      because(candidate, words);
    }
  }
  const newestAt = Math.min(now, usable[0]?.snapshotAt ?? now);
  for (const candidate of newestFirst) {
    if (policy?.keep !== undefined && candidate.snapshotAt > newestAt - policy.keep * 1000) {
      because(candidate, 'younger than `keep`');
    }
    if ((candidate.lockedUntil ?? 0) > now) {
      because(candidate, `object lock holds it until ${new Date(candidate.lockedUntil ?? 0).toISOString()}`);
    }
    if (candidate.isForged) {
      because(candidate, 'its signature is not one that the estate knows: a person must look at it');
    }
  }
  // One proven restored says more than one read back, and may be older: neither is given away.
  for (const level of new Set(usable.flatMap(({ proven }) => (proven === null ? [] : [proven])))) {
    const last = usable.find(({ proven }) => proven === level);
    if (last !== undefined) {
      because(last, `the last one proven (${level})`);
    }
  }
  if (usable[0] !== undefined) {
    because(usable[0], 'the newest');
  }
  const judged = newestFirst.map((candidate) => {
    const reasons = kept.get(candidate) ?? [];
    if (reasons.length > 0) {
      return { candidate, keep: true, reasons };
    }
    return standstill === null
      ? {
          candidate,
          keep: false,
          reasons: [candidate.isUsable ? 'no rule keeps it' : 'it is not whole, or was found broken'],
        }
      : { candidate, keep: true, reasons: [standstill] };
  });
  return { judged, standstill };
}

function standstillOf(newestFirst: readonly Candidate[], policy: TierBackup | undefined, now: number): string | null {
  if (policy === undefined) {
    return 'its tier says nothing of backups';
  }
  const { every, keep, retain } = policy;
  if (keep === undefined && (retain === undefined || rules.every((rule) => retain[rule] === 0))) {
    return 'its tier does not say what to keep';
  }
  const newest = newestFirst.find(({ isUsable }) => isUsable);
  if (newest === undefined) {
    return 'there is no whole backup';
  }
  // A producer that is broken must not age everything out.
  return now - newest.snapshotAt > every * 2 * 1000 ? 'the newest is older than twice `every`: no new ones come' : null;
}

function newestOfEach<C extends Candidate>(
  newestFirst: readonly C[],
  rule: Rule,
  count: number,
  timezone: string,
): readonly (readonly [C, string])[] {
  const found: (readonly [C, string])[] = [];
  let last: string | null = null;
  for (const candidate of newestFirst) {
    if (found.length === count) {
      break;
    }
    const bucket = rule === 'last' ? `${found.length + 1} of ${count}` : bucketOf(candidate.snapshotAt, rule, timezone);
    if (bucket !== last) {
      found.push([candidate, `${rule} ${bucket}`]);
    }
    last = bucket;
  }
  return found;
}

/** `2026-11-20`, `2026-W47`, `2026-11`, `2026`: of the calendar where the tenant is. */
export function bucketOf(at: number, rule: Exclude<Rule, 'last'>, timezone: string): string {
  const day = dayOf(at, timezone);
  switch (rule) {
    case 'daily':
      return day;
    case 'weekly':
      return isoWeek(day);
    case 'monthly':
      return day.slice(0, -3);
    case 'yearly':
      return day.slice(0, -6);
  }
}

const formats = new Map<string, Intl.DateTimeFormat>();

function dayOf(at: number, timezone: string): string {
  let format = formats.get(timezone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-CA', {
      ...{ timeZone: timezone, year: 'numeric', month: '2-digit', day: '2-digit' },
    });
    formats.set(timezone, format);
  }
  return format.format(at);
}

/** A week belongs to the year that has its Thursday (ISO 8601). */
function isoWeek(day: string): string {
  const date = new Date(`${day}T00:00:00Z`);
  const thursday = date.getTime() + (3 - ((date.getUTCDay() + 6) % 7)) * 86_400_000;
  const year = new Date(thursday).getUTCFullYear();
  const week = Math.floor((thursday - Date.UTC(year, 0, 1)) / (7 * 86_400_000)) + 1;
  return `${year}-W${String(week).padStart(2, '0')}`;
}
