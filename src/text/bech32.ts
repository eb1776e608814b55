const alphabet = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const generators = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
const checksumLength = 6;

/** Bytes in Bech32 (BIP 173, without its limit of 90 characters, as age has it): a prefix, `1`, and letters with a checksum. */
export function bech32(prefix: string, bytes: Uint8Array): string {
  const words = regrouped(bytes, 8, 5, true) ?? [];
  return `${prefix}1${[...words, ...checksum(prefix, words)].map((word) => alphabet[word]).join('')}`;
}

/** What it says, in either case of letters; null when it is no Bech32 or a letter of it is wrong. */
export function fromBech32(text: string): { readonly prefix: string; readonly bytes: Buffer } | null {
  const lower = text.toLowerCase();
  if (text !== lower && text !== text.toUpperCase()) {
    return null;
  }
  const at = lower.lastIndexOf('1');
  const prefix = lower.slice(0, at);
  const words = [...lower.slice(at + 1)].map((letter) => alphabet.indexOf(letter));
  if (at < 1 || words.length < checksumLength || words.includes(-1)) {
    return null;
  }
  const content = words.slice(0, -checksumLength);
  const bytes = regrouped(content, 5, 8, false);
  const isRight = checksum(prefix, content).every((word, index) => word === words[content.length + index]);
  return isRight && bytes !== null ? { prefix, bytes: Buffer.from(bytes) } : null;
}

function checksum(prefix: string, words: readonly number[]): readonly number[] {
  const codes = [...prefix].map((letter) => letter.charCodeAt(0));
  const spread = [...codes.map((code) => code >> 5), 0, ...codes.map((code) => code & 31)];
  const sum = polymod([...spread, ...words, ...new Array<number>(checksumLength).fill(0)]) ^ 1;
  return Array.from({ length: checksumLength }, (_, index) => (sum >>> (5 * (checksumLength - 1 - index))) & 31);
}

function polymod(words: readonly number[]): number {
  let sum = 1;
  for (const word of words) {
    const top = sum >>> 25;
    sum = ((sum & 0x1ffffff) << 5) ^ word;
    for (const [bit, generator] of generators.entries()) {
      sum ^= (top >>> bit) & 1 ? generator : 0;
    }
  }
  return sum;
}

/** Groups of bits of one width as groups of another; null where what is left over is no padding. */
function regrouped(values: Iterable<number>, from: number, to: number, isPadded: boolean): readonly number[] | null {
  const groups: number[] = [];
  let held = 0;
  let bits = 0;
  for (const value of values) {
    held = ((held << from) | value) & 0xfff;
    bits += from;
    while (bits >= to) {
      bits -= to;
      groups.push((held >>> bits) & ((1 << to) - 1));
    }
  }
  const rest = (held << (to - bits)) & ((1 << to) - 1);
  if (isPadded) {
    return bits > 0 ? [...groups, rest] : groups;
  }
  return bits >= from || rest !== 0 ? null : groups;
}
