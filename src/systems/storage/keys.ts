import { clean } from '#text/clean.ts';
import { WriteFailure } from '../write-failure.ts';

/** S3's limit; no file system's path is shorter where it matters. */
const longest = 1024;

/**
 * Whether a key may be written: relative, no empty, `.` or `..` part, no control characters, well-formed. A name from outside that
 * is none of this would leave the store's folder, or be another object to the next program that reads it.
 */
export function isKey(key: string): boolean {
  return (
    key !== '' &&
    key.isWellFormed() &&
    Buffer.byteLength(key) <= longest &&
    !/[\u0000-\u001f\u007f\\]/u.test(key) &&
    key.split('/').every((part) => part !== '' && part !== '.' && part !== '..')
  );
}

export function mustBeKey(key: string): void {
  if (!isKey(key)) {
    throw new WriteFailure('refused', `"${clean(key).slice(0, 200)}" is no key that a store can hold`, 'EINVAL');
  }
}

/** As S3 lists: by the bytes of UTF-8, which is by code point and not by UTF-16 unit. */
export function byKey(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
