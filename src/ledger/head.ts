import { exitCodes, TillError } from '#text/till-error.ts';
import { hashOf, noHash } from './chain.ts';
import { blocks, bytesAt, type Descriptor } from './disk.ts';
import type { LedgerEntry } from './entry.ts';
import { fold } from './fold.ts';
import { entryIn } from './read-entry.ts';
import type { Remembered } from './remembered.ts';
import { emptyState, type LedgerState, type MutableLedgerState } from './state.ts';
import { ChainWalk } from './verifier/chain-walk.ts';
import { LineSplitter } from './verifier/lines.ts';

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
  /** What does not hold and nobody has acknowledged; without `forgiving` that is an error instead. */
  readonly wounds: readonly string[];
}

export interface LoadFrom {
  /** A place up to which it has been read before; null to read the whole file. */
  readonly from: Head | null;
  /** An entry that must be there. */
  readonly remembered: Remembered | null;
  /** Goes on past what does not hold. */
  readonly forgiving: boolean;
}

/** The head of a file of `size` bytes; without a file there is nothing yet. */
export async function loadHead(file: Descriptor | null, size: number, options: LoadFrom): Promise<Loaded> {
  const { from, remembered, forgiving } = options;
  if (from !== null) {
    mustStillEnd(from, file, size);
  }
  const state = copyOf((from ?? nothingYet).state);
  const walk = new ChainWalk(from ?? nothingYet);
  let acknowledged = 0;
  const splitter = new LineSplitter((line, offset) => {
    const before = walk.findingsCount;
    const link = walk.line(line, offset);
    if (link === null || (walk.findingsCount > before && hashOf(line) !== link.hash)) {
      return;
    }
    if (link.seq === remembered?.seq && link.hash !== remembered.hash) {
      throw replaced(link.seq);
    }
    const entry = entryIn(line, link);
    if (entry.kind === 'ledger' && entry.phase === 'acknowledged') {
      acknowledged = walk.findingsCount;
    }
    folded(state, entry);
  }, walk.offset);
  for await (const block of blocks(file, walk.offset, size)) {
    splitter.push(block);
  }
  const wounds = walk.findings.slice(acknowledged).map(({ message }) => message);
  if (walk.findingsCount > acknowledged && !forgiving) {
    throw broken(wounds[0] ?? 'there are more faults than were acknowledged');
  }
  const { seq, hash } = walk.last;
  if (remembered !== null && remembered.seq > seq) {
    throw shorter(remembered.seq);
  }
  return { head: { seq, hash, offset: splitter.offset, state }, torn: splitter.rest, wounds };
}

function folded(state: MutableLedgerState, entry: LedgerEntry): void {
  try {
    fold(state, entry);
  } catch (error) {
    throw error instanceof TillError ? error : broken(`entry ${entry.seq} cannot be understood`);
  }
}

/** At that place the file still has the end of that entry's line. */
export function mustStillEnd({ seq, hash, offset }: Omit<Head, 'state'>, file: Descriptor | null, size: number): void {
  if (offset > size) {
    throw shorter(seq);
  }
  const end = Buffer.from(`,"sha256":"${hash}"}\n`);
  if (file !== null && offset > 0 && !bytesAt(file, offset - end.length, offset).equals(end)) {
    throw replaced(seq);
  }
}

const shorter = (seq: number) => broken(`it is shorter than it was: entry ${seq} is gone from its end`);
const replaced = (seq: number) => broken(`it is not the one that this user last saw: entry ${seq} is another one now`);

export function broken(what: string): TillError {
  return new TillError(`the ledger does not hold: ${what}`, {
    exit: exitCodes.refused,
    reason: 'ledger-broken',
    next: 'see `till audit verify --chain`; keep the file as evidence. `till ledger acknowledge --reason …` lets work go on and records that it was so',
  });
}

export function copyOf(state: LedgerState): MutableLedgerState {
  const { home, policy } = state;
  return {
    home,
    operations: new Map(state.operations),
    freezes: new Map(state.freezes),
    incidents: new Map(state.incidents),
    requests: new Map(state.requests),
    grants: new Map(state.grants),
    locks: new Map(state.locks),
    policy,
    proposals: new Map(state.proposals),
    keys: new Map(state.keys),
    epochs: new Map(state.epochs),
  };
}
