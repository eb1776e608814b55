import type { Readable } from 'node:stream';
import type { Operation } from '../operation.ts';

/**
 * An object store as backups need it: S3's protocol, or a folder that behaves like it. Keys are `/`-separated and relative to the
 * store's prefix. A key is either absent or whole: an upload that does not end leaves nothing that `list` shows.
 */
export interface StoredObject {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  /** RFC 3339 UTC, by the store's clock. */
  readonly modifiedAt: string;
  /** The store's own word for this content; null where it has none. Not a checksum of the bytes (facts: data-tier.md §2.3). */
  readonly etag: string | null;
  /** Object lock holds it until then; null where nothing does. Only `head` knows: a listing says null of all. */
  readonly lockedUntil: string | null;
}

export interface ObjectReader {
  /** As the estate names it. */
  readonly name: string;
  /** In order of their keys. Throws ReadFailure when the store does not answer. */
  list(prefix: string, signal?: AbortSignal): AsyncIterable<StoredObject>;
  /** Null when there is no such object. */
  head(key: string): Promise<StoredObject | null>;
  /** The whole object, or the bytes from `from` (inclusive) to `to` (exclusive). Throws ReadFailure when there is none. */
  read(key: string, range?: { readonly from: number; readonly to: number }, signal?: AbortSignal): Promise<Readable>;
}

export interface Uploaded {
  readonly key: string;
  readonly size: number;
  /** Hex SHA-256 of the bytes as they went out. */
  readonly sha256: string;
}

export interface UploadOptions {
  readonly signal?: AbortSignal;
  /** Refuses to write over what is there. */
  readonly ifAbsent?: boolean;
  /** RFC 3339: object lock until then, where the store can. */
  readonly lockUntil?: string;
  /** Told of bytes that have gone out. */
  readonly onBytes?: (bytes: number) => void;
  /** About how many bytes will come, where that is known: parts are made large enough for it (10,000 at most). */
  readonly expected?: number;
}

/** Writes take an Operation, which only the one path makes (design §4). They throw WriteFailure. */
export interface ObjectWriter {
  /** Small things: in memory, at once. */
  put(operation: Operation, key: string, bytes: Uint8Array, options?: UploadOptions): Promise<Uploaded>;
  /** Of any size in constant memory: in parts where the store has them. Nothing is visible before its end. */
  upload(operation: Operation, key: string, source: Readable, options?: UploadOptions): Promise<Uploaded>;
  remove(operation: Operation, key: string): Promise<void>;
  /** Uploads that were begun and never ended, and of which the store still holds parts. */
  leftovers(prefix: string): Promise<readonly { readonly key: string; readonly begunAt: string }[]>;
  /** Throws those parts away. */
  discard(operation: Operation, key: string): Promise<void>;
}

export type ObjectStore = ObjectReader & ObjectWriter & { close(): Promise<void> };
