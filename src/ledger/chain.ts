import { hash } from 'node:crypto';

/**
 * A line of the ledger: `{"entry":{…},"ledger":"v1","prev":"…","seq":7,"sha256":"…"}`. It is canonical JSON, and its hash
 * stands last, so that what is hashed is the line's own bytes up to there: no parser between the bytes and the proof, and
 * `head -c -77 | sha256sum` agrees. Place and predecessor are inside what is hashed; `ledger` is the version of the form
 * ("the first schema change mass-invalidates history" otherwise; facts: access-audit.md §2.4).
 */

/** What the first entry has for its predecessor. */
export const noHash = '0'.repeat(64);

export interface Link {
  readonly seq: number;
  readonly prev: string;
  readonly hash: string;
}

const sealLength = ',"sha256":""}'.length + 64;
const longestEnd = ',"ledger":"v1","prev":"","seq":,'.length + 64 + 16 + sealLength;
const end =
  /,"ledger":"v1","prev":"(?<prev>[0-9a-f]{64})","seq":(?<seq>[1-9]\d{0,15}),"sha256":"(?<hash>[0-9a-f]{64})"\}$/;
const beginning = '{"entry":{';

/** The line for an entry whose canonical text is `entry`, without its line break. */
export function sealed(entry: string, seq: number, prev: string): Link & { readonly line: string } {
  const open = `{"entry":${entry},"ledger":"v1","prev":"${prev}","seq":${seq}`;
  const own = hash('sha256', open);
  return { seq, prev, hash: own, line: `${open},"sha256":"${own}"}` };
}

/** What a line says of itself; null when it does not have the form of a line. */
export function linkOf(line: Buffer): Link | null {
  if (line.toString('latin1', 0, beginning.length) !== beginning) {
    return null;
  }
  const found = end.exec(line.toString('latin1', Math.max(0, line.length - longestEnd)))?.groups;
  if (found === undefined) {
    return null;
  }
  const { seq = '', prev = '', hash: stated = '' } = found;
  return { seq: Number(seq), prev, hash: stated };
}

/** The hash that a line's bytes really have. */
export function hashOf(line: Buffer): string {
  return hash('sha256', line.subarray(0, line.length - sealLength));
}
