import { closeSync, fstatSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/** One event a line, as `--audit-log-path` writes them. Kept small: one file is written, one older is kept. */
export class AuditLog {
  readonly path: string;
  readonly #maxBytes: number;
  #file: number;
  #size: number;
  #waiting: string[] = [];
  #isClosed = false;

  constructor(path: string, maxBytes = 16 * 1024 * 1024) {
    this.path = path;
    this.#maxBytes = maxBytes;
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    this.#file = openSync(path, 'a', 0o600);
    this.#size = fstatSync(this.#file).size;
  }

  append(event: object): void {
    this.#waiting.push(`${JSON.stringify(event)}\n`);
    if (this.#waiting.length === 1) {
      setImmediate(() => this.#flush());
    }
  }

  close(): void {
    this.#flush();
    this.#isClosed = true;
    closeSync(this.#file);
  }

  /** What a turn of the event loop brought, in one write. A full disk loses the lines, not the server. */
  #flush(): void {
    const lines = Buffer.from(this.#waiting.splice(0).join(''));
    if (lines.length === 0 || this.#isClosed) {
      return;
    }
    try {
      if (this.#size > 0 && this.#size + lines.length > this.#maxBytes) {
        this.#rotate();
      }
      writeSync(this.#file, lines);
      this.#size += lines.length;
    } catch {
      this.#size = fstatSync(this.#file).size;
    }
  }

  #rotate(): void {
    renameSync(this.path, `${this.path}.1`);
    closeSync(this.#file);
    this.#file = openSync(this.path, 'a', 0o600);
    this.#size = 0;
  }
}
