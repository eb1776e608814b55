import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { WriteFailure } from '../write-failure.ts';
import { type Checksums, headerOf, type Sum, sumOf } from './s3-checksum.ts';
import type { Request, S3Door } from './s3-door.ts';
import { S3Refusal, writeFailure } from './s3-failure.ts';
import { escaped, textIn } from './s3-xml.ts';

/** S3 takes 10,000 parts of at least 5 MiB; some take only parts of one size (facts: data-tier.md §2.7). */
const leastPart = 16 * 1024 ** 2;
const mostParts = 10_000;
const plannedParts = 9_000;
/** Parts on their way at a time, beside the one that is being filled: what the whole upload holds in memory. */
const atATime = 2;

export function partSizeFor(expected: number | undefined): number {
  return Math.max(leastPart, Math.ceil((expected ?? 0) / plannedParts));
}

export interface Piece {
  readonly bytes: Buffer;
  /** There is nothing behind it. */
  readonly isLast: boolean;
}

/**
 * The source in pieces of one size, the last one shorter. A piece's buffer is used again once `release` was called with it: the
 * memory does not grow with the source.
 */
export async function* inPieces(
  source: Readable,
  size: number,
  free: Buffer[],
): AsyncGenerator<Piece, void, undefined> {
  const fresh = () => free.pop() ?? Buffer.allocUnsafeSlow(size);
  let piece: Buffer | null = null;
  let filled = 0;
  for await (const chunk of source as AsyncIterable<Buffer>) {
    for (let at = 0; at < chunk.length; ) {
      if (piece !== null && filled === size) {
        yield { bytes: piece, isLast: false };
        piece = null;
      }
      if (piece === null) {
        piece = fresh();
        filled = 0;
      }
      const copied = chunk.copy(piece, filled, at);
      filled += copied;
      at += copied;
    }
  }
  yield { bytes: (piece ?? Buffer.alloc(0)).subarray(0, filled), isLast: true };
}

export interface Upload {
  readonly door: S3Door;
  readonly key: string;
  readonly words: string;
  readonly checksums: Checksums;
  /** Object lock, for the request that makes the object. */
  readonly lock: Readonly<Record<string, string>>;
  readonly ifAbsent: boolean;
  readonly partSize: number;
  readonly signal: AbortSignal | undefined;
  readonly onBytes: ((bytes: number) => void) | undefined;
}

export interface Sent {
  readonly size: number;
  readonly sha256: string;
  readonly sums: readonly Sum[];
  readonly isMultipart: boolean;
  /** The last answer was a refusal that an earlier attempt, whose answer was lost, would explain: only looking tells. */
  readonly isDoubtful: boolean;
}

/** Sends all of the source. What fits in one part goes in one request; of anything longer nothing is seen before its end. */
export async function sendAll(upload: Upload, source: Readable): Promise<Sent> {
  const whole = createHash('sha256');
  const free: Buffer[] = [];
  const pieces = inPieces(source, upload.partSize, free);
  const first = await pieces.next();
  if (first.done === true) {
    throw new WriteFailure('refused', `${upload.words}: the source ended before it began`);
  }
  if (first.value.isLast) {
    const { bytes } = first.value;
    const sent = await putOnce(upload, bytes);
    upload.onBytes?.(bytes.length);
    return sent;
  }
  const uploadId = await begin(upload);
  const failed = new AbortController();
  const signal = upload.signal === undefined ? failed.signal : AbortSignal.any([upload.signal, failed.signal]);
  const going = new Set<Promise<void>>();
  const parts: { readonly etag: string; readonly sum: Sum }[] = [];
  let size = 0;
  let isDoubtful = false;
  try {
    let number = 0;
    let piece: Piece | undefined = first.value;
    while (piece !== undefined) {
      const { bytes } = piece;
      signal.throwIfAborted();
      number += 1;
      if (number > mostParts) {
        const words = `${upload.words}: it is longer than ${mostParts} parts of ${upload.partSize} bytes`;
        throw new WriteFailure('refused', words);
      }
      whole.update(bytes);
      size += bytes.length;
      const index = number - 1;
      const one: Promise<void> = sendPart(upload, uploadId, number, bytes, signal)
        .then((part) => {
          parts[index] = part;
          free.push(bytes);
          upload.onBytes?.(bytes.length);
        })
        .finally(() => going.delete(one));
      going.add(one);
      // Whoever fails while we wait for another is heard below; nobody's rejection goes unheard.
      one.catch((error: unknown) => failed.abort(error));
      if (going.size >= atATime) {
        await Promise.race(going);
      }
      piece = (await pieces.next()).value ?? undefined;
    }
    await Promise.all(going);
    signal.throwIfAborted();
    isDoubtful = !(await isCompleted(upload, uploadId, parts));
  } catch (error) {
    failed.abort(error);
    await Promise.allSettled(going);
    await abandon(upload, uploadId, error);
    throw error;
  }
  return { size, sha256: whole.digest('hex'), sums: parts.map(({ sum }) => sum), isMultipart: true, isDoubtful };
}

export async function putOnce(upload: Omit<Upload, 'partSize' | 'onBytes'>, bytes: Uint8Array): Promise<Sent> {
  const { door, key, words, checksums, lock, ifAbsent, signal } = upload;
  const sum = sumOf(bytes, checksums);
  const headers = { ...headerOf(sum, checksums), ...lock, ...(ifAbsent ? { 'if-none-match': '*' } : {}) };
  const sent = { size: bytes.length, sha256: sum.sha256, sums: [sum], isMultipart: false };
  try {
    await door.ask({ method: 'PUT', key, headers, body: bytes, bodyHash: sum.sha256, signal });
    return { ...sent, isDoubtful: false };
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof S3Refusal && error.status === 412 && error.attempt > 1) {
      return { ...sent, isDoubtful: true };
    }
    throw writeFailure(error, words);
  }
}

async function begin({ door, key, words, checksums, lock, signal }: Upload): Promise<string> {
  const headers = { ...lock, ...(checksums === 'sha256' ? { 'x-amz-checksum-algorithm': 'SHA256' } : {}) };
  try {
    const { body } = await door.ask({ method: 'POST', key, query: { uploads: '' }, headers, signal });
    const id = textIn(body, 'UploadId');
    if (id === '') {
      throw new WriteFailure('refused', `${words}: the store gave its upload no id`);
    }
    return id;
  } catch (error) {
    signal?.throwIfAborted();
    throw writeFailure(error, words);
  }
}

async function sendPart(
  { door, key, words, checksums }: Upload,
  uploadId: string,
  number: number,
  bytes: Buffer,
  signal: AbortSignal,
): Promise<{ readonly etag: string; readonly sum: Sum }> {
  const sum = sumOf(bytes, checksums);
  const request: Request = {
    method: 'PUT',
    key,
    query: { partNumber: String(number), uploadId },
    headers: headerOf(sum, checksums),
    body: bytes,
    bodyHash: sum.sha256,
    signal,
  };
  try {
    const { headers } = await door.ask(request);
    const { etag } = headers;
    if (typeof etag !== 'string') {
      throw new WriteFailure('refused', `${words}: the store gave part ${number} no ETag`);
    }
    return { etag, sum };
  } catch (error) {
    signal.throwIfAborted();
    throw writeFailure(error, words);
  }
}

/** False when the upload was ended by an attempt whose answer was lost, or by nobody: what is there is looked at next. */
async function isCompleted(
  { door, key, words, checksums, ifAbsent, signal }: Upload,
  uploadId: string,
  parts: readonly { readonly etag: string; readonly sum: Sum }[],
): Promise<boolean> {
  const listed = parts.map(
    ({ etag, sum }, index) =>
      `<Part><PartNumber>${index + 1}</PartNumber><ETag>${escaped(etag)}</ETag>${checksums === 'sha256' ? `<ChecksumSHA256>${sum.header}</ChecksumSHA256>` : ''}</Part>`,
  );
  const body = Buffer.from(`<CompleteMultipartUpload>${listed.join('')}</CompleteMultipartUpload>`);
  const headers = { 'content-type': 'application/xml', ...(ifAbsent ? { 'if-none-match': '*' } : {}) };
  try {
    await door.ask({ method: 'POST', key, query: { uploadId }, headers, body, signal });
    return true;
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof S3Refusal && error.attempt > 1 && (error.code === 'NoSuchUpload' || error.status === 412)) {
      return false;
    }
    throw writeFailure(error, words);
  }
}

/** The parts are thrown away, also when the caller was told to stop. A failure to is said with what failed first. */
async function abandon({ door, key }: Upload, uploadId: string, error: unknown): Promise<void> {
  try {
    await door.ask({ method: 'DELETE', key, query: { uploadId } }, [200, 204, 404]);
  } catch {
    if (error instanceof WriteFailure) {
      error.message += '; its parts could not be thrown away and still lie in the store';
    }
  }
}
