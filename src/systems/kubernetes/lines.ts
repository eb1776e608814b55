const newline = 0x0a;
/** etcd holds objects of 1.5 MB; far beyond that it is no event. */
const longest = 32 * 1024 * 1024;

/** A line that never ends: the stream cannot be understood any further. */
export class EndlessLine extends Error {}

/** Cuts a byte stream at each newline. What follows the last one is dropped: a watch cut mid-line has told nothing yet. */
export class Lines {
  #rest: Uint8Array[] = [];
  #restBytes = 0;

  /** The lines that this chunk completes. */
  *of(chunk: Uint8Array): Generator<Buffer> {
    let start = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      const line = this.#completed(chunk.subarray(start, end));
      start = end + 1;
      if (line.length > 0) {
        yield line;
      }
    }
    if (start < chunk.length) {
      this.#rest.push(chunk.subarray(start));
      this.#restBytes += chunk.length - start;
      if (this.#restBytes > longest) {
        throw new EndlessLine('a line in the watch has no end');
      }
    }
  }

  #completed(tail: Uint8Array): Buffer {
    if (this.#rest.length === 0) {
      return Buffer.from(tail.buffer, tail.byteOffset, tail.byteLength);
    }
    const line = Buffer.concat([...this.#rest, tail]);
    this.#rest = [];
    this.#restBytes = 0;
    return line;
  }
}
