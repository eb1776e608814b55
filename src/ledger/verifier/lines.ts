const newline = 0x0a;

/** One whole line, without its line break, and where it begins in the file. */
export type OnLine = (line: Buffer, offset: number) => void;

/** Cuts a stream of bytes into lines. What follows the last line break is `rest`, which is no line yet. */
export class LineSplitter {
  readonly #onLine: OnLine;
  /** The beginning of a line that goes on in the next chunk; joined once, however many chunks it takes. */
  #parts: Buffer[] = [];
  #offset: number;

  constructor(onLine: OnLine, offset = 0) {
    this.#onLine = onLine;
    this.#offset = offset;
  }

  push(chunk: Buffer): void {
    let start = 0;
    for (let at = chunk.indexOf(newline); at !== -1; at = chunk.indexOf(newline, start)) {
      const line = this.#joined(chunk.subarray(start, at));
      this.#onLine(line, this.#offset);
      this.#offset += line.length + 1;
      start = at + 1;
    }
    if (start < chunk.length) {
      // A copy: whoever reads files may use the chunk's memory again.
      this.#parts.push(Buffer.from(chunk.subarray(start)));
    }
  }

  get rest(): Buffer {
    return Buffer.concat(this.#parts);
  }

  /** Where `rest` begins. */
  get offset(): number {
    return this.#offset;
  }

  #joined(end: Buffer): Buffer {
    if (this.#parts.length === 0) {
      return end;
    }
    const line = Buffer.concat([...this.#parts, end]);
    this.#parts = [];
    return line;
  }
}
