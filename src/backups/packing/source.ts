/** Where a tenant's files can be read: named as Odoo names them, `xx/<sha1>` (../../filestore-index.ts). */
export interface FileSource {
  /** For a person: a folder's path, a bucket. */
  readonly name: string;
  /** Every file's path, in order. Throws ReadFailure where it cannot be listed. */
  list(signal: AbortSignal): AsyncIterable<string>;
  /** Bytes of a file that was listed; null when it is gone. */
  sizeOf(path: string): Promise<number | null>;
  /** Its bytes; null when it is gone. Throws ReadFailure on what is there and cannot be read. */
  read(path: string, signal: AbortSignal): Promise<AsyncIterable<Buffer> | null>;
  close(): Promise<void>;
}

/** What could not be packed, and why. Never passed over in silence: a backup names what it lacks. */
export interface Unfit {
  readonly path: string;
  /** `gone`: removed while it was read. `altered`: its bytes are not those of its name, so nobody could tell a rotten copy from it. */
  readonly why: 'gone' | 'altered';
}
