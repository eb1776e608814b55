import { type Foreign, object } from './foreign.ts';

const [quote, backslash, comma] = [0x22, 0x5c, 0x2c];
const [openArray, closeArray, openObject, closeObject] = [0x5b, 0x5d, 0x7b, 0x7d];

/**
 * Cuts a List's JSON into its items while the bytes come in: parsing 500 objects in one go would block a key press for a
 * tenth of a second, and keep them all at once. What is left without the items is the List's own metadata.
 */
export class ListItems {
  #depth = 0;
  #isInString = false;
  #isEscaped = false;
  /** Within the array right under the List, which is its `items`. */
  #isInItems = false;
  #isInItem = false;
  #item: Uint8Array[] = [];
  readonly #around: Uint8Array[] = [];

  /** The items that this chunk completes. */
  *of(chunk: Uint8Array): Generator<Buffer> {
    let start = 0;
    for (let at = 0; at < chunk.length; at += 1) {
      const byte = chunk[at];
      if (this.#isInString) {
        this.#isInString = this.#isEscaped || byte !== quote;
        this.#isEscaped = !this.#isEscaped && byte === backslash;
      } else if (byte === quote) {
        this.#isInString = true;
      } else if (byte === openObject || byte === openArray) {
        if (this.#isInItems && this.#depth === 2 && byte === openObject) {
          this.#around.push(chunk.subarray(start, at));
          start = at;
          this.#isInItem = true;
        }
        this.#isInItems ||= this.#depth === 1 && byte === openArray;
        this.#depth += 1;
      } else if (byte === closeObject || byte === closeArray) {
        this.#depth -= 1;
        if (this.#isInItem && this.#depth === 2) {
          yield Buffer.concat([...this.#item, chunk.subarray(start, at + 1)]);
          this.#item = [];
          this.#isInItem = false;
          start = at + 1;
        }
        this.#isInItems &&= this.#depth > 1;
      } else if (byte === comma && this.#isInItems && this.#depth === 2) {
        this.#around.push(chunk.subarray(start, at));
        start = at + 1;
      }
    }
    (this.#isInItem ? this.#item : this.#around).push(chunk.subarray(start));
  }

  /** The List without its items, once all bytes are in. Throws on what is no JSON. */
  list(): Foreign {
    return object(JSON.parse(Buffer.concat(this.#around).toString('utf8')));
  }
}
