import { hashOf, type Link, linkOf, noHash } from './chain.ts';
import { LineSplitter } from './lines.ts';

/**
 * What a bare chain can find. `content`: an entry's bytes are not what was hashed. `form`: a line that is no entry.
 * `gap`: entries are missing before this one. `order`: an entry stands where it does not belong (swapped, inserted, twice).
 * `link`: it names another predecessor than the one before it. `genesis`: the first line does not begin this chain.
 * `torn`: the last line has no end.
 */
export type ChainFault = 'content' | 'form' | 'gap' | 'order' | 'link' | 'genesis' | 'torn';

export interface Finding {
  readonly fault: ChainFault;
  /** The entry's place in the chain; for a line that does not tell, the place that it should have. */
  readonly seq: number;
  /** Line from 1, counted from where the walk began. */
  readonly line: number;
  /** Byte in the file where that line begins. */
  readonly offset: number;
  readonly message: string;
}

export interface ChainReport {
  /** Lines that are entries. */
  readonly entries: number;
  readonly last: { readonly seq: number; readonly hash: string };
  /** The first hundred, in the file's order. */
  readonly findings: readonly Finding[];
  readonly findingsCount: number;
}

const findingsKept = 100;

/** Walks a chain line by line. Each entry is judged against the one before it, so that one wound is reported once. */
export class ChainWalk {
  readonly offset: number;
  readonly #findings: Finding[] = [];
  readonly #isGenesis: (line: Buffer) => boolean;
  #findingsCount = 0;
  #lines = 0;
  #entries = 0;
  #last: { readonly seq: number; readonly hash: string };
  /** What the next entry may name as its predecessor: two hashes when the last line's own did not fit its bytes. */
  #previous: readonly string[];
  /** Lines since the last entry that are none: nobody knows what the next entry should name, nor which they were. */
  #lost = 0;

  /** Begins after an entry that is known to be sound; at the start of the file unless told otherwise. */
  constructor(
    after: { readonly seq: number; readonly hash: string; readonly offset: number } = {
      seq: 0,
      hash: noHash,
      offset: 0,
    },
    isGenesis: (line: Buffer) => boolean = () => true,
  ) {
    this.offset = after.offset;
    this.#last = { seq: after.seq, hash: after.hash };
    this.#previous = [after.hash];
    this.#isGenesis = isGenesis;
  }

  get last(): { readonly seq: number; readonly hash: string } {
    return this.#last;
  }

  get findings(): readonly Finding[] {
    return this.#findings;
  }

  get findingsCount(): number {
    return this.#findingsCount;
  }

  /** What the line says of its place; null when it is no entry. */
  line(line: Buffer, offset: number): Link | null {
    this.#lines += 1;
    const link = linkOf(line);
    const least = this.#last.seq + 1;
    if (link === null) {
      this.#found('form', least + this.#lost, offset, 'this line is not an entry');
      this.#lost += 1;
      return null;
    }
    const own = hashOf(line);
    if (own !== link.hash) {
      const { seq } = link;
      this.#found('content', seq, offset, `entry ${seq} is not what was written: its bytes have another hash`);
    }
    this.#judgePlace(link, least, offset, line);
    this.#entries += 1;
    this.#last = { seq: link.seq, hash: link.hash };
    this.#previous = own === link.hash ? [own] : [own, link.hash];
    this.#lost = 0;
    return link;
  }

  #judgePlace({ seq, prev }: Link, least: number, offset: number, line: Buffer): void {
    const expected = least + this.#lost;
    if (seq > expected) {
      const missing = seq - expected === 1 ? `entry ${expected} is` : `entries ${expected} to ${seq - 1} are`;
      this.#found('gap', seq, offset, `${missing} missing before entry ${seq}`);
    } else if (seq < least) {
      this.#found('order', seq, offset, `entry ${seq} stands where entry ${expected} should be`);
    } else if (this.#lost === 0 && !this.#previous.includes(prev)) {
      this.#found('link', seq, offset, `entry ${seq} does not follow from the entry before it`);
    }
    if (offset === 0 && (seq !== 1 || prev !== noHash || !this.#isGenesis(line))) {
      this.#found('genesis', seq, offset, 'the first entry does not begin the chain of this estate');
    }
  }

  /** The end of the file: `rest` is what follows the last line break. */
  end(rest: Buffer, offset: number): ChainReport {
    if (rest.length > 0) {
      this.#lines += 1;
      const bytes = rest.length === 1 ? '1 byte' : `${rest.length} bytes`;
      this.#found('torn', this.#last.seq + 1, offset, `the last line has no end: ${bytes} of an entry`);
    }
    const { findings, findingsCount, last } = this;
    return { entries: this.#entries, last, findings, findingsCount };
  }

  #found(fault: ChainFault, seq: number, offset: number, message: string): void {
    this.#findingsCount += 1;
    if (this.#findings.length < findingsKept) {
      this.#findings.push({ fault, seq, line: this.#lines, offset, message });
    }
  }
}

/** What the chain in these bytes proves, and where it does not hold. */
export async function verifyChain(
  chunks: AsyncIterable<Buffer> | Iterable<Buffer>,
  options: {
    /** Whether a first line begins the chain that we mean. */
    readonly isGenesis?: (line: Buffer) => boolean;
    /** Told of every line that has the form of an entry, sound or not. */
    readonly onEntry?: (link: Link, line: Buffer) => void;
  } = {},
): Promise<ChainReport> {
  const walk = new ChainWalk(undefined, options.isGenesis);
  const splitter = new LineSplitter((line, offset) => {
    const link = walk.line(line, offset);
    if (link !== null) {
      options.onEntry?.(link, line);
    }
  });
  for await (const chunk of chunks) {
    splitter.push(chunk);
  }
  return walk.end(splitter.rest, splitter.offset);
}

/** What nobody can learn from a chain alone; said beside every verdict on one (facts: access-audit.md §2.7). */
export const unproven: readonly string[] = [
  'whether entries were cut off the end: a shorter chain is a sound chain',
  'whether the whole chain was written anew by somebody who could write the file',
  'whether what an entry says is true',
];
