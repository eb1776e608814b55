import type { Clock } from '#text/clock.ts';

/** `count` random bytes. */
export type Random = (count: number) => Uint8Array;

/** Crockford's base 32: no I, L, O, U, so that an id survives being read out. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const randomBits = 80n;

export const ulidPattern = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;

/** Makes ids that sort by time, also within one millisecond and when the machine's clock goes back. */
export function ulidMaker({
  clock,
  random,
}: {
  readonly clock: Pick<Clock, 'now'>;
  readonly random: Random;
}): () => string {
  let last = -1n;
  return () => {
    const fresh = (BigInt(clock.now()) << randomBits) | bitsOf(random(10));
    last = fresh > last ? fresh : last + 1n;
    return textOf(last);
  };
}

/** When the id was made, epoch milliseconds. */
export function timeOf(ulid: string): number {
  return [...ulid.slice(0, 10)].reduce((time, letter) => time * 32 + alphabet.indexOf(letter), 0);
}

function bitsOf(bytes: Uint8Array): bigint {
  return bytes.reduce((bits, byte) => (bits << 8n) | BigInt(byte), 0n);
}

function textOf(value: bigint): string {
  let text = '';
  for (let rest = value; text.length < 26; rest >>= 5n) {
    text = (alphabet[Number(rest & 31n)] ?? '0') + text;
  }
  return text;
}
