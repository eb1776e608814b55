import { createHash } from 'node:crypto';

/**
 * What the store is told of a body, so that it refuses a damaged one, and what its own word for the whole must then be (facts:
 * data-tier.md §2.3, §2.7). `sha256` is S3's own checksum; `md5` is for stores that know none, by Content-MD5 and the ETag.
 */
export type Checksums = 'sha256' | 'md5';

export interface Sum {
  /** Hex, for the signature. */
  readonly sha256: string;
  /** Base64, for the header. */
  readonly header: string;
}

export function sumOf(body: Uint8Array, checksums: Checksums): Sum {
  const sha256 = createHash('sha256').update(body).digest();
  return {
    sha256: sha256.toString('hex'),
    header:
      checksums === 'sha256' ? sha256.toString('base64') : createHash('md5').update(body).digest().toString('base64'),
  };
}

export function headerOf(sum: Sum, checksums: Checksums): Record<string, string> {
  return checksums === 'sha256' ? { 'x-amz-checksum-sha256': sum.header } : { 'content-md5': sum.header };
}

/** What the store must call the whole; parts are summed by the sums of their sums. */
function expectedOf(sums: readonly Sum[], isMultipart: boolean, checksums: Checksums): string {
  const encoding = checksums === 'sha256' ? 'base64' : 'hex';
  if (!isMultipart) {
    return Buffer.from(sums[0]?.header ?? '', 'base64').toString(encoding);
  }
  const all = Buffer.concat(sums.map(({ header }) => Buffer.from(header, 'base64')));
  return `${createHash(checksums).update(all).digest(encoding)}-${sums.length}`;
}

/** How the store's word differs from ours; null where they agree, or where the store says none that could be compared. */
export function differenceIn(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  written: { readonly sums: readonly Sum[]; readonly isMultipart: boolean },
  checksums: Checksums,
): string | null {
  const expected = expectedOf(written.sums, written.isMultipart, checksums);
  const said = checksums === 'sha256' ? headers['x-amz-checksum-sha256'] : headers['etag'];
  if (typeof said !== 'string') {
    return null;
  }
  const word = said.replaceAll('"', '');
  if (
    checksums === 'md5' &&
    (!/^[0-9a-f]{32}(-\d+)?$/.test(word) || 'x-amz-server-side-encryption-aws-kms-key-id' in headers)
  ) {
    return null;
  }
  // A store may give the sum of the whole instead of that of the sums, and then it is no composite.
  if (checksums === 'sha256' && written.isMultipart && !word.includes('-')) {
    return null;
  }
  return word === expected ? null : `its checksum of it is ${word}, ours is ${expected}`;
}
