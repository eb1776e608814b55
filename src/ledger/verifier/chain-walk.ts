import { type Fault, type Finding, Found } from './findings.ts';
import { hashOf, type Link, linkOf, noHash } from './line.ts';

const beginning = { seq: 0, hash: noHash, offset: 0 };

/** Walks a chain line by line. Each entry is judged against the one before it, so that one wound is reported once. */
export class ChainWalk {
  readonly offset: number;
  readonly #isGenesis: (line: Buffer) => boolean;
  readonly #found = new Found<Finding>();
  #isFirst: boolean;
  #isSound = false;
  #lines = 0;
  #entries = 0;
  #last: { readonly seq: number; readonly hash: string };
  /** What the next entry may name as its predecessor: two hashes when the last line's own did not fit its bytes. */
  #previous: readonly string[];
  /** Lines since the last entry that are none: nobody knows what the next entry should name, nor which they were. */
  #lost = 0;

  /** Begins after an entry that is known; at the start of the chain unless told otherwise. */
  constructor(
    after: { readonly seq: number; readonly hash: string; readonly offset: number } = beginning,
    isGenesis: (line: Buffer) => boolean = () => true,
  ) {
    this.offset = after.offset;
    this.#isFirst = after.seq === 0 && after.offset === 0;
    this.#last = { seq: after.seq, hash: after.hash };
    this.#previous = [after.hash];
    this.#isGenesis = isGenesis;
  }

  get last(): { readonly seq: number; readonly hash: string } {
    return this.#last;
  }

  /** Lines that are entries. */
  get entries(): number {
    return this.#entries;
  }

  /** Lines, entries or not. */
  get lines(): number {
    return this.#lines;
  }

  /** True when the last line's bytes are those that were hashed. */
  get isSound(): boolean {
    return this.#isSound;
  }

  get findings(): readonly Finding[] {
    return this.#found.first;
  }

  get findingsCount(): number {
    return this.#found.count;
  }

  /** What the line says of its place; null when it is no entry. */
  line(line: Buffer, offset: number): Link | null {
    this.#lines += 1;
    const link = linkOf(line);
    const least = this.#last.seq + 1;
    if (link === null) {
      this.#add('form', least + this.#lost, offset, 'this line is not an entry');
      this.#lost += 1;
      this.#isFirst = false;
      return null;
    }
    const own = hashOf(line);
    this.#isSound = own === link.hash;
    if (own !== link.hash) {
      const { seq } = link;
      this.#add('content', seq, offset, `entry ${seq} is not what was written: its bytes have another hash`);
    }
    this.#judgePlace(link, least, offset, line);
    this.#entries += 1;
    this.#last = { seq: link.seq, hash: link.hash };
    this.#previous = own === link.hash ? [own] : [own, link.hash];
    this.#lost = 0;
    this.#isFirst = false;
    return link;
  }

  #judgePlace({ seq, prev }: Link, least: number, offset: number, line: Buffer): void {
    const expected = least + this.#lost;
    if (seq > expected) {
      const missing = seq - expected === 1 ? `entry ${expected} is` : `entries ${expected} to ${seq - 1} are`;
      this.#add('gap', seq, offset, `${missing} missing before entry ${seq}`);
    } else if (seq < least) {
      this.#add('order', seq, offset, `entry ${seq} stands where entry ${expected} should be`);
    } else if (this.#lost === 0 && !this.#previous.includes(prev)) {
      this.#add('link', seq, offset, `entry ${seq} does not follow from the entry before it`);
    }
    if (this.#isFirst && (seq !== 1 || prev !== noHash || !this.#isGenesis(line))) {
      this.#add('genesis', seq, offset, 'the first entry does not begin the chain of this estate');
    }
  }

  /** The end of the stream: `rest` is what follows the last line break. */
  end(rest: Buffer, offset: number): void {
    if (rest.length > 0) {
      this.#lines += 1;
      const bytes = rest.length === 1 ? '1 byte' : `${rest.length} bytes`;
      this.#add('torn', this.#last.seq + 1, offset, `the last line has no end: ${bytes} of an entry`);
    }
  }

  #add(fault: Fault, seq: number, offset: number, message: string): void {
    this.#found.add({ fault, seq, line: this.#lines, offset, message });
  }
}
