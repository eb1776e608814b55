import { appendFileSync, mkdirSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';

export interface ProgressEvent {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly words: string;
  readonly done: number | null;
  readonly of: number | null;
  /** What `done` and `of` count; left out: steps, pods and the like. */
  readonly unit?: 'bytes';
}

/** One word on how far it is, as an action tells it. */
export interface ProgressWord {
  readonly words: string;
  readonly done?: number;
  readonly of?: number;
  /** `bytes`: shown as sizes, with the rate and what is left. */
  readonly unit?: 'bytes';
}

export interface Progress {
  tell(event: ProgressWord): void;
}

/** Beside the ledger, not in it: how far an operation is, for whoever watches. Losing it loses nothing. */
export function progressPath(ledgerFolder: string, operation: string): string {
  return join(ledgerFolder, 'operations', `${operation}.progress`);
}

export function progressTo(path: string, now: () => number): Progress {
  mkdirSync(join(path, '..'), { recursive: true, mode: 0o700 });
  let last = '';
  return {
    tell({ words, done, of, unit }) {
      const event: ProgressEvent = {
        ...{ at: now(), words, done: done ?? null, of: of ?? null },
        ...(unit === undefined ? {} : { unit }),
      };
      // A poll that finds the same says nothing.
      const gist = JSON.stringify([event.words, event.done, event.of]);
      if (gist === last) {
        return;
      }
      last = gist;
      try {
        appendFileSync(path, `${JSON.stringify(event)}\n`, { mode: 0o600 });
      } catch {
        // A full disk must not stop the operation; its outcome is recorded elsewhere.
      }
    },
  };
}

/** What was told from `offset` on, and where to go on. A line that is half there is left for the next time. */
export async function readProgress(
  path: string,
  offset: number,
): Promise<{ readonly events: readonly ProgressEvent[]; readonly offset: number }> {
  const handle = await open(path, 'r').catch(() => null);
  if (handle === null) {
    return { events: [], offset };
  }
  try {
    const { size } = await handle.stat();
    const buffer = Buffer.alloc(Math.max(0, size - offset));
    await handle.read(buffer, 0, buffer.length, offset);
    const whole = buffer.subarray(0, buffer.lastIndexOf(10) + 1);
    const events = whole
      .toString('utf8')
      .split('\n')
      .flatMap((line) => (line === '' ? [] : [JSON.parse(line) as ProgressEvent]));
    return { events, offset: offset + whole.length };
  } finally {
    await handle.close();
  }
}
