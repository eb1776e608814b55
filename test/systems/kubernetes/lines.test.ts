import { describe, expect, it } from 'vitest';
import { Lines } from '#systems/kubernetes/lines.ts';

const all = (chunks: readonly Uint8Array[]) => {
  const lines = new Lines();
  return chunks.flatMap((chunk) => [...lines.of(chunk)].map(String));
};

describe('a byte stream as lines', () => {
  it('is the same however it is cut, also within a character', () => {
    const bytes = Buffer.from('one\ntwo é\n\nthree\n');
    for (let size = 1; size <= bytes.length; size += 1) {
      const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
        bytes.subarray(at * size, (at + 1) * size),
      );
      expect(all(chunks)).toEqual(['one', 'two é', 'three']);
    }
  });

  it('does not tell the half line at the end', () => {
    expect(all([Buffer.from('one\ntw')])).toEqual(['one']);
  });

  it('gives up on a line that has no end', () => {
    const chunk = Buffer.alloc(8 * 1024 * 1024, 'x');
    expect(() => all([chunk, chunk, chunk, chunk, chunk])).toThrow('has no end');
  });
});
