import { createHash, type Hash } from 'node:crypto';
import * as fs from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { syncFolder, writeWhole } from '../disk.ts';
import { csvLine } from '../export/csv.ts';
import { fileError, mustBeNew } from '../export/sink.ts';

/** A file of the pack, as the manifest names it. */
export interface PackedFile {
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
  /** Lines that carry something: without a table's head; null where lines mean nothing. */
  readonly rows: number | null;
}

/** Written a piece at a time, and hashed as it is written. */
export class PackWriter {
  readonly path: string;
  readonly #file: number;
  readonly #hash: Hash = createHash('sha256');
  #bytes = 0;
  #rows: number | null = null;

  constructor(folder: string, path: string) {
    this.path = path;
    this.#file = fs.openSync(join(folder, path), 'wx', 0o600);
  }

  /** Something that is not counted. */
  text(text: string): this {
    this.bytes(Buffer.from(text));
    return this;
  }

  row(line: string): void {
    this.#rows = (this.#rows ?? 0) + 1;
    this.text(line);
  }

  counts(): this {
    this.#rows ??= 0;
    return this;
  }

  bytes(bytes: Buffer): void {
    writeWhole(this.#file, bytes);
    this.#hash.update(bytes);
    this.#bytes += bytes.length;
  }

  end(): PackedFile {
    fs.fsyncSync(this.#file);
    fs.closeSync(this.#file);
    return { path: this.path, sha256: this.#hash.digest('hex'), bytes: this.#bytes, rows: this.#rows };
  }
}

/** A table: its titles, then its rows. */
export class PackTable {
  readonly #writer: PackWriter;

  constructor(writer: PackWriter, titles: readonly string[]) {
    this.#writer = writer.text(csvLine(titles)).counts();
  }

  row(values: readonly (string | number | null)[]): void {
    this.#writer.row(csvLine(values));
  }
}

/** A new folder for its owner alone, which has its name only once it is whole. */
export class PackFolder {
  readonly path: string;
  readonly part: string;
  readonly #open: PackWriter[] = [];

  constructor(path: string) {
    this.path = resolve(path);
    mustBeNew(this.path);
    this.part = join(dirname(this.path), `.${process.pid}-${Date.now()}.pack`);
    try {
      fs.mkdirSync(dirname(this.path), { recursive: true, mode: 0o700 });
      fs.mkdirSync(this.part, { mode: 0o700 });
    } catch (error) {
      throw fileError(error, this.path);
    }
  }

  folder(name: string): void {
    fs.mkdirSync(join(this.part, name), { mode: 0o700 });
  }

  file(path: string): PackWriter {
    const writer = new PackWriter(this.part, path);
    this.#open.push(writer);
    return writer;
  }

  table(path: string, titles: readonly string[]): PackTable {
    return new PackTable(this.file(path), titles);
  }

  /** Ends the files that are open, in the order in which they were begun. */
  files(): readonly PackedFile[] {
    return this.#open.splice(0).map((writer) => writer.end());
  }

  keep(): void {
    mustBeNew(this.path);
    fs.renameSync(this.part, this.path);
    syncFolder(dirname(this.path));
  }

  drop(): void {
    for (const writer of this.#open.splice(0)) {
      writer.end();
    }
    fs.rmSync(this.part, { recursive: true, force: true });
  }
}
