import { readFileSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import type { Clock } from '#text/clock.ts';
import { exitCodes, TillError } from '#text/till-error.ts';
import { makeFile } from './disk.ts';

/**
 * One process at a time, and the lock of a killed process falls by itself. Node has no flock, and a lock file that is
 * judged by pid needs somebody to break it, which two may do at once, and cannot be judged across containers. SQLite's
 * own lock on its file (fcntl) is the kernel's: nothing is ever written to that database, it is only locked.
 */
export interface Lock {
  /** Runs `work` while nobody else on this machine is in it. */
  held<T>(work: () => Promise<T>): Promise<T>;
  close(): void;
}

const sqliteBusy = 5;
const sqliteReadOnly = 8;
const sqliteCannotOpen = 14;

export function openLock(path: string, { clock, waitMs }: { readonly clock: Clock; readonly waitMs: number }): Lock {
  makeFile(path, '');
  let { database, inode } = opened(path);
  return {
    async held(work) {
      await taken(database, path, clock, waitMs);
      while (inodeOf(path) !== inode) {
        // Somebody removed the lock file: others lock the new one, so we do, too.
        database.close();
        makeFile(path, '');
        ({ database, inode } = opened(path));
        await taken(database, path, clock, waitMs);
      }
      try {
        return await work();
      } finally {
        database.exec('ROLLBACK');
      }
    },
    close: () => database.close(),
  };
}

/** Private from its first moment. Never opened when it is there: closing any descriptor of a file drops this process's locks on it (fcntl(2)). */
function opened(path: string): { database: DatabaseSync; inode: number | null } {
  try {
    return { database: new DatabaseSync(path, { timeout: 0 }), inode: inodeOf(path) };
  } catch (error) {
    throw translated(error, path);
  }
}

async function taken(database: DatabaseSync, path: string, clock: Clock, waitMs: number): Promise<void> {
  const begun = clock.monotonic();
  for (let delay = 1; ; delay = Math.min(delay * 2, 16)) {
    try {
      database.exec('BEGIN IMMEDIATE');
      return;
    } catch (error) {
      if (errcodeOf(error) !== sqliteBusy) {
        throw translated(error, path);
      }
      if (clock.monotonic() - begun >= waitMs) {
        throw lockedBy(holderOf(path), path, waitMs);
      }
    }
    // Uneven pauses, so that many who wait do not all come back at once.
    await pause(delay * (0.5 + Math.random()));
  }
}

function inodeOf(path: string): number | null {
  return statSync(path, { throwIfNoEntry: false })?.ino ?? null;
}

function lockedBy(pid: number | null, path: string, waitMs: number): TillError {
  const who = pid === null ? 'another process' : `process ${pid}`;
  return new TillError(`the ledger has been locked by ${who} for more than ${Math.round(waitMs / 1000)} s`, {
    exit: exitCodes.unreachable,
    reason: 'ledger-locked',
    target: path,
    next: pid === null ? 'find out who holds it and try again' : `see what it does (ps -p ${pid}) and try again`,
    retryable: true,
  });
}

/** The kernel knows who: a line of /proc/locks is `1: POSIX ADVISORY WRITE 4711 fd:01:1835 …`. */
function holderOf(path: string): number | null {
  try {
    const inode = inodeOf(path);
    const holder = readFileSync('/proc/locks', 'utf8')
      .split('\n')
      .map((line) => line.split(/\s+/))
      .find(([, , , mode, , place]) => mode === 'WRITE' && place?.endsWith(`:${inode}`));
    const pid = Number(holder?.[4]);
    return pid > 0 ? pid : null;
  } catch {
    return null;
  }
}

function errcodeOf(error: unknown): number | null {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number'
    ? error.errcode & 0xff
    : null;
}

/** SQLite's words for what the file system said, in the file system's own. */
function translated(error: unknown, path: string): unknown {
  const errcode = errcodeOf(error);
  return errcode === sqliteReadOnly || errcode === sqliteCannotOpen
    ? Object.assign(new Error(`EACCES: ${path}`, { cause: error }), { code: 'EACCES' })
    : error;
}
