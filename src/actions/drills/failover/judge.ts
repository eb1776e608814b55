import type { Acknowledged, Written } from './probe.ts';

/** What a probe's writes came to, held against what is there afterwards. */
export interface Judged {
  readonly acknowledged: number;
  /** Rows that the server had said it has, and that are not there. */
  readonly lost: readonly number[];
  /** Milliseconds from the last acknowledgement before the longest silence to the first after it; null: they did not come back. */
  readonly gapMs: number | null;
  /** Milliseconds of acknowledged time that is lost: from the last kept row before the loss to the last lost one. */
  readonly lostMs: number;
  /** Those that are there though nobody was told so: sent, and the answer was cut off. */
  readonly unanswered: number;
}

/** `promised`: what was acknowledged before this probe began, and still has to be there. */
export function judged(
  { acknowledged, refusals }: Written,
  rows: ReadonlySet<number>,
  promised: readonly Acknowledged[] = [],
): Judged {
  const all = [...promised, ...acknowledged];
  const lost = all.filter(({ row }) => !rows.has(row));
  const known = new Set(all.map(({ row }) => row));
  const before = promised.at(-1)?.row ?? 0;
  const last = acknowledged.at(-1);
  const cameBack = last !== undefined && (refusals.at(-1)?.at ?? 0) <= last.at;
  return {
    acknowledged: all.length,
    lost: lost.map(({ row }) => row),
    gapMs: cameBack ? longestGap(acknowledged) : null,
    lostMs: spanOf(lost, all),
    unanswered: [...rows].filter((row) => row > before && !known.has(row)).length,
  };
}

/** `212–228, 230`: for a person, however many they are. */
export function numbersOf(rows: readonly number[], most = 20): string {
  const runs: [number, number][] = [];
  for (const row of rows) {
    const run = runs.at(-1);
    if (run !== undefined && row === run[1] + 1) {
      run[1] = row;
    } else {
      runs.push([row, row]);
    }
  }
  const words = runs.map(([from, to]) => (from === to ? String(from) : `${from}–${to}`));
  const rest = words.length - most;
  return rest > 0 ? `${words.slice(0, most).join(', ')} and ${rest} more` : words.join(', ');
}

function longestGap(acknowledged: readonly Acknowledged[]): number {
  return acknowledged.reduce(
    (longest, { at }, index) => Math.max(longest, at - (acknowledged[index - 1]?.at ?? at)),
    0,
  );
}

function spanOf(lost: readonly Acknowledged[], acknowledged: readonly Acknowledged[]): number {
  const [first, last] = [lost[0], lost.at(-1)];
  if (first === undefined || last === undefined) {
    return 0;
  }
  const before = acknowledged[acknowledged.indexOf(first) - 1] ?? first;
  return last.at - before.at;
}
