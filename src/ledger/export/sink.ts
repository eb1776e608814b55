import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { exitCodes, TillError } from '#text/till-error.ts';
import { syncFolder, writeWhole } from '../disk.ts';
import { codeOf } from '../store-error.ts';

/** Where lines go. Written to in turn, so that no more is held than one piece. */
export interface Sink {
  /** False when nobody reads any more. */
  write(text: string): Promise<boolean>;
}

const pieceLength = 64 * 1_024;

/** Hands on lines in pieces: a write for each would cost more than the line. */
export class Pieces {
  readonly #sink: Sink;
  #held: string[] = [];
  #length = 0;

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  /** False when nobody reads any more. */
  async add(line: string): Promise<boolean> {
    this.#held.push(line);
    this.#length += line.length;
    return this.#length < pieceLength || (await this.flush());
  }

  async flush(): Promise<boolean> {
    const piece = this.#held.join('');
    this.#held = [];
    this.#length = 0;
    return piece === '' || (await this.#sink.write(piece));
  }
}

/** A new file for its owner alone, which has its name only once it is whole and on disk. */
export class NewFile implements Sink {
  readonly path: string;
  readonly #part: string;
  readonly #file: number;

  /** Throws a TillError when it is there already: what was handed out is not written over. */
  constructor(path: string) {
    this.path = path;
    this.#part = join(dirname(path), `.${process.pid}-${Date.now()}.part`);
    mustBeNew(path);
    try {
      this.#file = fs.openSync(this.#part, 'wx', 0o600);
    } catch (error) {
      throw fileError(error, path);
    }
  }

  async write(text: string): Promise<boolean> {
    this.writeBytes(Buffer.from(text));
    return true;
  }

  writeBytes(bytes: Buffer): void {
    try {
      writeWhole(this.#file, bytes);
    } catch (error) {
      throw fileError(error, this.path);
    }
  }

  /** It is there, whole. */
  keep(): void {
    try {
      fs.fsyncSync(this.#file);
      fs.closeSync(this.#file);
      mustBeNew(this.path);
      fs.renameSync(this.#part, this.path);
      syncFolder(dirname(this.path));
    } catch (error) {
      throw fileError(error, this.path);
    }
  }

  /** Nothing of it stays. */
  drop(): void {
    try {
      fs.closeSync(this.#file);
    } catch (error) {
      if (codeOf(error) === '') {
        throw error;
      }
    }
    fs.rmSync(this.#part, { force: true });
  }
}

export function mustBeNew(path: string): void {
  if (fs.existsSync(path)) {
    throw new TillError('it is there already, and what was handed out once is not written over', {
      ...{ exit: exitCodes.usage, reason: 'file-exists', target: path },
      next: 'name another one',
    });
  }
}

/** What the file system said of a file that is handed out. */
export function fileError(error: unknown, path: string): unknown {
  const code = codeOf(error);
  return error instanceof TillError || code === ''
    ? error
    : new TillError(`it could not be written: ${code}`, {
        ...{ exit: exitCodes.failed, reason: 'not-written', target: path, cause: error },
        next: 'make room, or name a folder that this user may write to',
      });
}
