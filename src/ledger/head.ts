import type { FileHandle } from 'node:fs/promises';
import { exitCodes, TillError } from '#text/till-error.ts';
import { hashOf, linkOf, noHash } from './chain.ts';
import { blocks } from './disk.ts';
import { type LedgerEntry, limits } from './entry.ts';
import { fold } from './fold.ts';
import { LineSplitter } from './lines.ts';
import { entryIn } from './read-entry.ts';
import type { Snapshot } from './snapshot.ts';
import { emptyState, type LedgerState, type MutableLedgerState } from './state.ts';
import { ChainWalk } from './verify-chain.ts';

/** The end of the chain as far as it has been read and checked: what the next entry follows. */
export interface Head {
  readonly seq: number;
  readonly hash: string;
  /** Where the last entry's line ends. */
  readonly offset: number;
  readonly state: LedgerState;
}

export const nothingYet: Head = { seq: 0, hash: noHash, offset: 0, state: emptyState() };

export interface Loaded {
  readonly head: Head;
  /** Bytes after the last line break: an entry that was never finished. */
  readonly torn: Buffer;
  /** True when the whole file had to be read. */
  readonly rebuilt: boolean;
  /** What does not hold and nobody has acknowledged; without `forgiving` that is an error instead. */
  readonly wounds: readonly string[];
}

export interface LoadFrom {
  readonly known: Head | null;
  readonly snapshot: Snapshot | null;
  /** Reads the whole file and goes on past what does not hold. */
  readonly forgiving?: boolean;
}

/** The head of a file of `size` bytes, reading on from `known` or from a snapshot, and from the start only without both.
 * Without a file there is nothing yet. */
export async function loadHead(handle: FileHandle | null, size: number, from: LoadFrom): Promise<Loaded> {
  const { known, snapshot, forgiving = false } = from;
  const start = forgiving ? null : (known ?? (snapshot === null ? null : await placeOf(snapshot, handle, size)));
  if (start !== null && start.offset > size) {
    throw broken(`it is shorter than it was: entry ${start.seq} is gone from its end`);
  }
  const state = copyOf((start ?? nothingYet).state);
  const walk = new ChainWalk(start ?? nothingYet);
  let acknowledged = 0;
  const splitter = new LineSplitter((line, offset) => {
    const before = walk.findingsCount;
    const link = walk.line(line, offset);
    if (link !== null && (walk.findingsCount === before || hashOf(line) === link.hash)) {
      const entry = entryIn(line, link);
      if (entry.kind === 'ledger' && entry.phase === 'acknowledged') {
        acknowledged = walk.findingsCount;
      }
      folded(state, entry);
    }
  }, walk.offset);
  for await (const block of handle === null ? [] : blocks(handle, walk.offset, size)) {
    splitter.push(block);
  }
  const wounds = walk.findings.slice(acknowledged).map(({ message }) => message);
  if (walk.findingsCount > acknowledged && !forgiving) {
    throw broken(wounds[0] ?? 'there are more faults than were acknowledged');
  }
  const { seq, hash } = walk.last;
  return {
    head: { seq, hash, offset: splitter.offset, state },
    torn: splitter.rest,
    rebuilt: start === null,
    wounds,
  };
}

function folded(state: MutableLedgerState, entry: LedgerEntry): void {
  try {
    fold(state, entry);
  } catch (error) {
    throw error instanceof TillError ? error : broken(`entry ${entry.seq} cannot be understood`);
  }
}

/** The snapshot, when the ledger still has at that place the entry that it names. */
async function placeOf(snapshot: Snapshot, handle: FileHandle | null, size: number): Promise<Head> {
  const { seq, hash, offset } = snapshot;
  if (handle === null || offset > size) {
    return snapshot;
  }
  const longest = limits.entry + 1_024;
  const parts: Buffer[] = [];
  for await (const block of blocks(handle, Math.max(0, offset - longest), offset)) {
    parts.push(block);
  }
  const bytes = Buffer.concat(parts);
  const line = bytes.subarray(bytes.lastIndexOf('\n', -2) + 1, -1);
  const link = linkOf(line);
  if (bytes.at(-1) !== 0x0a || link?.seq !== seq || link.hash !== hash || hashOf(line) !== hash) {
    throw broken(`it is not the one that this user last saw: entry ${seq} is another one now`);
  }
  return snapshot;
}

export function broken(what: string): TillError {
  return new TillError(`the ledger does not hold: ${what}`, {
    exit: exitCodes.refused,
    reason: 'ledger-broken',
    next: 'see `till audit verify --chain`; keep the file as evidence. `till ledger acknowledge --reason …` lets work go on and records that it was so',
  });
}

export function copyOf({ home, operations, freezes, incidents, requests }: LedgerState): MutableLedgerState {
  return {
    home,
    operations: new Map(operations),
    freezes: new Map(freezes),
    incidents: new Map(incidents),
    requests: new Map(requests),
  };
}
