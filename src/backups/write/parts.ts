import { Readable } from 'node:stream';
import type { Part } from '../manifest.ts';

/** A part that is lost or rotten costs no more than this to look at, and no store refuses it. */
export const usualPartSize = 1024 ** 3;

/**
 * Cuts a stream into parts of at most `size` bytes, each handed to `upload` as a stream of its own, one after the other: nothing is
 * kept but the chunk on which a cut falls. A stream without a byte is one empty part.
 */
export async function inParts(
  source: Readable,
  size: number,
  upload: (part: Readable, number: number) => Promise<Part>,
): Promise<readonly Part[]> {
  const chunks = (source as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
  let rest: Buffer | null = null;
  let hasEnded = false;
  const next = async (): Promise<Buffer | null> => {
    if (rest === null && !hasEnded) {
      const { value, done } = await chunks.next();
      hasEnded = done === true;
      rest = done === true ? null : value;
    }
    return rest;
  };
  async function* part(): AsyncGenerator<Buffer> {
    let left = size;
    while (left > 0) {
      const chunk = await next();
      if (chunk === null) {
        return;
      }
      rest = chunk.length > left ? chunk.subarray(left) : null;
      left -= Math.min(left, chunk.length);
      yield rest === null ? chunk : chunk.subarray(0, chunk.length - rest.length);
    }
  }
  const parts: Part[] = [];
  do {
    const {
      key,
      size: bytes,
      sha256,
    } = await upload(Readable.from(part(), { objectMode: false, highWaterMark: 256 * 1024 }), parts.length);
    parts.push({ key, size: bytes, sha256 });
  } while ((await next()) !== null);
  return parts;
}
