import type { Entry } from './line.ts';

/**
 * A restore or a fail-over that lost entries. It looks like a truncation and is told from one by the entry that was written when it was
 * found, and by two people who said that they know (facts: access-audit.md §3.6).
 */
export interface EpochBreak {
  /** The entry that tells of it. */
  readonly seq: number;
  /** Entries up to here were kept. */
  readonly kept: number;
  readonly lost: { readonly from: number; readonly to: number };
  /** Distinct names, by the store's word. */
  readonly acknowledgedBy: readonly string[];
}

export function epochBreaks(keeping: readonly Entry[]): readonly EpochBreak[] {
  return keeping
    .filter(({ phase }) => phase === 'epoch')
    .map(({ seq, params }) => {
      const lost = (params['lost'] ?? {}) as Readonly<Record<string, unknown>>;
      const [from, to] = [Number(lost['from']), Number(lost['to'])];
      const names = keeping
        .filter((entry) => entry.phase === 'epoch-acknowledge' && entry.params['epoch'] === params['epoch'])
        .map(({ who }) => who);
      return { seq, kept: from - 1, lost: { from, to }, acknowledgedBy: [...new Set(names)] };
    });
}

export function wordsFor({ seq, lost, acknowledgedBy }: EpochBreak): string {
  const count = lost.to - lost.from + 1;
  const gone = count === 1 ? '1 entry lost' : `${count} entries lost`;
  const [first, ...others] = acknowledgedBy;
  const by =
    first === undefined
      ? 'acknowledged by nobody'
      : `acknowledged by ${others.length === 0 ? `${first} alone` : `${acknowledgedBy.slice(0, -1).join(', ')} and ${others.at(-1)}`}`;
  return `epoch break at ${seq}, ${gone} (${lost.from} to ${lost.to}), ${by}`;
}
