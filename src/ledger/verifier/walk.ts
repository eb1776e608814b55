import { ChainWalk } from './chain-walk.ts';
import { type Finding, Found, type Remark } from './findings.ts';
import { type Entry, entryOf, type Facts, type Link, linkOf, noHash, readFacts } from './line.ts';
import { Tree } from './merkle.ts';
import { Operations } from './operations.ts';

/** Where a walk begins: after an entry that is known, with the tree as it was then. */
export interface Start {
  readonly seq: number;
  readonly hash: string;
  /** Null where only later entries are here and nobody said what the tree was before them. */
  readonly subtrees: readonly Buffer[] | null;
}

export const fromNothing: Start = { seq: 0, hash: noHash, subtrees: [] };

export interface WalkOptions {
  readonly start?: Start;
  /** Places at which root, hash and time are asked for. */
  readonly places?: ReadonlySet<number>;
  readonly isGenesis?: (entry: Entry) => boolean;
  /** False where nothing will be compared with a root: it is a third of the work. */
  readonly hasTree?: boolean;
  /** Told of every line that has the form of an entry, sound or not. */
  readonly onLink?: (link: Link) => void;
}

export interface Mark {
  readonly hash: string;
  readonly at: string;
  /** Of the tree up to here; null where the place of an entry before it is not sound. */
  readonly root: Buffer | null;
}

export interface WalkReport {
  /** Lines that are entries. */
  readonly entries: number;
  readonly last: { readonly seq: number; readonly hash: string; readonly at: string };
  /** The first hundred of each kind, in the stream's order. */
  readonly findings: readonly Finding[];
  readonly findingsCount: number;
  readonly remarks: readonly Remark[];
  readonly remarksCount: number;
  /** What there is at the places asked for, and right after them. */
  readonly marks: ReadonlyMap<number, Mark>;
  /** Bytes of the whole stream. */
  readonly bytes: number;
  /** The tree of all entries; null when a place in it is not sound. */
  readonly tree: Tree | null;
  /** Entries about the ledger itself, and about who is who, that a verdict depends on. */
  readonly keeping: readonly Entry[];
}

const keepingPhases = new Set(['genesis', 'key', 'epoch', 'epoch-acknowledge', 'prune', 'acknowledged']);

/**
 * Walks a ledger line by line: the chain, the tree over it, and what its entries say as far as a verdict depends on it. That
 * is read from their bytes; only entries about the ledger itself are parsed.
 */
export class Walk {
  readonly #options: WalkOptions;
  readonly #start: Start;
  readonly #chain: ChainWalk;
  readonly #findings = new Found<Finding>();
  readonly #remarks = new Found<Remark>();
  readonly #marks = new Map<number, Mark>();
  readonly #keeping: Entry[] = [];
  readonly #facts: Facts = { at: '', kind: '', phase: '', operation: '' };
  readonly #leaf = Buffer.alloc(32);
  #operations: Operations | null = null;
  #tree: Tree | null;
  #at = '';

  constructor(options: WalkOptions = {}) {
    this.#options = options;
    this.#start = options.start ?? fromNothing;
    const { seq, hash, subtrees } = this.#start;
    this.#chain = new ChainWalk({ seq, hash, offset: 0 }, (line) => this.#isGenesis(line));
    this.#tree = subtrees === null || options.hasTree === false ? null : new Tree(seq, subtrees);
    this.#mark();
  }

  line(line: Buffer, offset: number): void {
    const expected = this.#chain.last.seq + 1;
    const link = this.#chain.line(line, offset);
    if (link?.seq !== expected) {
      // From here on nobody knows which leaf an entry is.
      this.#tree = null;
    }
    if (link === null) {
      return;
    }
    this.#options.onLink?.(link);
    if (this.#tree !== null) {
      // The leaf is the hash that was recorded: an edited line is one finding, not one more at every checkpoint after it.
      this.#leaf.write(link.hash, 'hex');
      this.#tree.append(this.#leaf);
    }
    if (this.#chain.isSound) {
      this.#judgeWords(line, link, offset);
    }
    this.#mark();
  }

  /** An edited first entry is told as edited, not as another estate's. */
  #isGenesis(line: Buffer): boolean {
    const link = this.#chain.isSound ? linkOf(line) : null;
    const entry = link === null ? null : entryOf(line, link);
    return link === null || (isAbout(entry, 'genesis') && (this.#options.isGenesis?.(entry) ?? true));
  }

  #judgeWords(line: Buffer, link: Link, offset: number): void {
    const { seq } = link;
    const facts = this.#facts;
    readFacts(line, facts);
    const { at, kind, phase, operation } = facts;
    this.#operations ??= new Operations(this.#ghostsSince(at));
    if (at < this.#at) {
      const message = `entry ${seq} is dated ${at}, before the entry that it follows (${this.#at})`;
      this.#remarks.add({ notice: 'clock', seq, line: this.#chain.lines, offset, message });
    }
    this.#at = at;
    const isGhost = kind === 'operation' && this.#operations.isGhost(phase, operation, seq);
    // Where an entry is missing or is not what was written, the beginning may have been there.
    if (isGhost && this.#chain.findingsCount === 0) {
      const message = `entry ${seq} tells of operation ${operation}, and no entry tells of its beginning`;
      this.#findings.add({ fault: 'ghost', seq, line: this.#chain.lines, offset, message });
    }
    const isKeeping = kind === 'ledger' ? keepingPhases.has(phase) : kind === 'policy' && phase === 'propose';
    const entry = isKeeping ? entryOf(line, link) : null;
    if (entry !== null) {
      this.#keeping.push(entry);
    }
  }

  /** Operations begun earlier may have their beginning in what is not here; two clocks differ by less than a day. */
  #ghostsSince(at: string): number {
    const { seq, subtrees } = this.#start;
    if (seq === 0) {
      return 0;
    }
    return subtrees === null ? Number.MAX_VALUE : Date.parse(at) + 86_400_000;
  }

  #mark(): void {
    const { places } = this.#options;
    const { seq, hash } = this.#chain.last;
    const isAsked = places?.has(seq) === true;
    if (isAsked || places?.has(seq - 1) === true) {
      this.#marks.set(seq, { hash, at: this.#at, root: isAsked ? (this.#tree?.root() ?? null) : null });
    }
  }

  /** The end of the stream: `rest` is what follows the last line break. */
  end(rest: Buffer, offset: number): WalkReport {
    const chain = this.#chain;
    chain.end(rest, offset);
    for (const [operation, seq] of this.#operations?.open ?? []) {
      const message = `operation ${operation} began with entry ${seq} and has no end: it runs, or nobody knows what came of it`;
      this.#remarks.add({ notice: 'orphan', seq, line: chain.lines, offset, message });
    }
    return {
      entries: chain.entries,
      last: { ...chain.last, at: this.#at },
      findings: inOrder(chain.findings, this.#findings.first),
      findingsCount: chain.findingsCount + this.#findings.count,
      remarks: this.#remarks.first,
      remarksCount: this.#remarks.count,
      marks: this.#marks,
      bytes: offset + rest.length,
      tree: this.#tree,
      keeping: this.#keeping,
    };
  }
}

function isAbout(entry: Entry | null, phase: string): entry is Entry {
  return entry?.kind === 'ledger' && entry.phase === phase;
}

function inOrder(...findings: readonly (readonly Finding[])[]): readonly Finding[] {
  return findings.flat().sort((a, b) => a.offset - b.offset);
}
