import { readdir, readFile, readlink } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';

const everyMs = 500;

export interface Reader {
  /** Resolves with true once it reads no more, and with false where that cannot be told. */
  readonly gone: Promise<boolean>;
}

/**
 * Who reads our stdout. A pipe says that nobody does only to whoever writes, and a command that prints news may have none for
 * hours; libuv watches no pipe that it does not write to. On Linux /proc shows who holds the other end, for as long as somebody
 * does: a reader that was gone before it was looked for cannot be told from one that is hidden.
 */
export async function readerOfStdout(): Promise<Reader> {
  const pipe = await linkOf('/proc/self/fd/1');
  return typeof pipe === 'string' && pipe.startsWith('pipe:')
    ? { gone: isGone(pipe, await readerOf(pipe)) }
    : { gone: Promise.resolve(false) };
}

async function isGone(pipe: string, first: string | null): Promise<boolean> {
  let reader = first;
  while (reader !== null) {
    await pause(everyMs, undefined, { ref: false });
    const link = await linkOf(reader);
    if (link === hidden) {
      // It has become somebody else, as sudo does: it may well read on.
      return false;
    }
    if (link !== pipe) {
      reader = await readerOf(pipe);
      if (reader === null) {
        return true;
      }
    }
  }
  return false;
}

const hidden = Symbol('hidden');

/** Where a descriptor leads to; null when it is closed or its process has ended. */
async function linkOf(path: string): Promise<string | typeof hidden | null> {
  try {
    return await readlink(path);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOENT' ? null : hidden;
  }
}

/** The descriptor of a process of our session that reads this pipe: the others of a pipeline are never elsewhere. */
async function readerOf(pipe: string): Promise<string | null> {
  const session = await sessionOf('self');
  for (const pid of await namesIn('/proc')) {
    if (/^\d+$/u.test(pid) && session !== null && (await sessionOf(pid)) === session) {
      for (const descriptor of await namesIn(`/proc/${pid}/fd`)) {
        const path = `/proc/${pid}/fd/${descriptor}`;
        if ((await linkOf(path)) === pipe && (await isForReading(`/proc/${pid}/fdinfo/${descriptor}`))) {
          return path;
        }
      }
    }
  }
  return null;
}

/** `pid (name) state ppid pgrp session …`: the name may hold anything, blanks and brackets too (proc_pid_stat(5)). */
async function sessionOf(pid: string): Promise<string | null> {
  const text = await textOf(`/proc/${pid}/stat`);
  return text.slice(text.lastIndexOf(')') + 2).split(' ')[3] ?? null;
}

async function isForReading(fdinfo: string): Promise<boolean> {
  const [, flags] = /^flags:\s*([0-7]+)$/mu.exec(await textOf(fdinfo)) ?? [];
  return flags !== undefined && (Number.parseInt(flags, 8) & 0o3) === 0;
}

async function textOf(path: string): Promise<string> {
  return await readFile(path, 'utf8').catch(() => '');
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return await readdir(folder).catch(() => []);
}
