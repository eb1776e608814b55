import { hash } from 'node:crypto';
import type { Link } from './verifier/line.ts';

/**
 * A line of the ledger: `{"entry":{…},"ledger":"v1","prev":"…","seq":7,"sha256":"…"}`. It is canonical JSON, and its hash
 * stands last, so that what is hashed is the line's own bytes up to there: no parser between the bytes and the proof, and
 * `head -c -77 | sha256sum` agrees. Place and predecessor are inside what is hashed; `ledger` is the version of the form
 * ("the first schema change mass-invalidates history" otherwise; facts: access-audit.md §2.4).
 */

export { hashOf, type Link, linkOf, noHash } from './verifier/line.ts';

/** The line for an entry whose canonical text is `entry`, without its line break. */
export function sealed(entry: string, seq: number, prev: string): Link & { readonly line: string } {
  const open = `{"entry":${entry},"ledger":"v1","prev":"${prev}","seq":${seq}`;
  const own = hash('sha256', open);
  return { seq, prev, hash: own, line: `${open},"sha256":"${own}"}` };
}
