import { type Entry, record } from './line.ts';

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
  /** Distinct people, each by the name that the store knows them by. */
  readonly acknowledgedBy: readonly string[];
}

export function epochBreaks(keeping: readonly Entry[]): readonly EpochBreak[] {
  return keeping
    .filter(({ phase }) => phase === 'epoch')
    .map(({ seq, params }) => {
      const lost = record(params['lost']);
      const [from, to] = [Number(lost['from']), Number(lost['to'])];
      const names = keeping
        .filter((entry) => entry.phase === 'epoch-acknowledge' && entry.params['epoch'] === params['epoch'])
        .map(({ who }) => who);
      return { seq, kept: from - 1, lost: { from, to }, acknowledgedBy: distinct(names, peopleIn(keeping)) };
    });
}

/**
 * The accounts of each person that any policy ever named, proposed or in force: whoever was called one person anywhere does not
 * count as two, so that no new proposal can make two of one.
 */
function peopleIn(keeping: readonly Entry[]): readonly ReadonlySet<string>[] {
  return keeping
    .filter(({ kind, phase }) => kind === 'policy' && phase === 'propose')
    .flatMap(({ params }) => list(record(params['body'])['people']))
    .map((person) => new Set([...list(record(person)['os']), ...list(record(person)['postgres'])].map(String)));
}

function distinct(names: readonly string[], people: readonly ReadonlySet<string>[]): readonly string[] {
  return names.filter((name, place) => {
    const before = names.slice(0, place);
    return !before.some((other) => other === name || people.some((person) => person.has(name) && person.has(other)));
  });
}

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

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
