/**
 * What verification can find (facts: access-audit.md §2.7). These speak against the record, and then the check is false:
 *
 * `content` an entry's bytes are not what was hashed. `form` a line that is no entry. `gap` entries are missing before
 * this one. `order` an entry stands where it does not belong (swapped, inserted, twice). `link` it names another
 * predecessor than the one before it. `genesis` the first line does not begin this chain. `torn` the last line has no
 * end. `cut` the end that this user remembers is gone. `truncated` an anchor has seen more. `rewritten` an anchor, or this
 * user, has seen something else. `head` the store's own word on its end is another. `drift` what the store shows is not
 * what was hashed. `key-epoch` signed outside the key's time, or by a key that nobody knows. `epoch` entries were lost and two
 * people have not acknowledged it. `ghost` an end without a beginning. `anchor-gap` entries rested on the store alone for
 * longer than the heartbeat allows.
 */
export type Fault =
  | 'content'
  | 'form'
  | 'gap'
  | 'order'
  | 'link'
  | 'genesis'
  | 'torn'
  | 'cut'
  | 'truncated'
  | 'rewritten'
  | 'head'
  | 'drift'
  | 'key-epoch'
  | 'epoch'
  | 'ghost'
  | 'anchor-gap';

/**
 * What is told and changes no verdict. `clock` time runs backwards. `orphan` a beginning without an end. `epoch-break`
 * entries were lost, and two people have acknowledged it. `anchor-gap` one before the time that was asked about. `pruned`
 * verification begins later than the chain did. `unchecked` a checkpoint about which nothing can be said.
 */
export type Notice = 'clock' | 'orphan' | 'epoch-break' | 'anchor-gap' | 'pruned' | 'unchecked';

interface Place {
  /** The entry's place in the chain; for a line that does not tell, the place that it should have. */
  readonly seq: number;
  /** Line from 1, counted from where the walk began. */
  readonly line: number;
  /** Byte in the stream where that line begins. */
  readonly offset: number;
  readonly message: string;
}

export interface Finding extends Place {
  readonly fault: Fault;
  /** The last entry that is known to be good, where that is not the one before `seq`. */
  readonly after?: number;
  /** Signed notes that contradict the record or each other: they prove it to anybody. */
  readonly notes?: readonly string[];
}

export interface Remark extends Place {
  readonly notice: Notice;
}

/** Keeps the first hundred, and counts them all: a file of another sort entirely must not fill the memory. */
export class Found<T> {
  readonly first: T[] = [];
  count = 0;

  add(item: T): void {
    this.count += 1;
    if (this.first.length < 100) {
      this.first.push(item);
    }
  }
}
