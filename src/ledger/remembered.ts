import { hash as sha } from 'node:crypto';
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { textOf } from './disk.ts';
import { codeOf } from './store-error.ts';

/**
 * The last entry that was acknowledged, beside the chain: a chain that was cut off at its end is sound, and only somebody
 * who remembers can tell. Written over in its place and always as long: to replace a file by a new one makes ext4 write
 * that out at once, and the next fsync wait for it. Not fsynced: a crash may leave it behind, never ahead.
 */
export interface Remembered {
  readonly seq: number;
  readonly hash: string;
}

/** Null when there is none, and when it was written over only in part. */
export function readRemembered(path: string): Remembered | null {
  const text = textOf(path) ?? '';
  const { seq, hash } = /^\{"seq": *(?<seq>\d+),"sha256":"(?<hash>[0-9a-f]{64})"/.exec(text)?.groups ?? {};
  const remembered = hash === undefined ? null : { seq: Number(seq), hash };
  return remembered !== null && textFor(remembered) === text ? remembered : null;
}

function textFor({ seq, hash }: Remembered): string {
  const body = `{"seq":${String(seq).padStart(16)},"sha256":"${hash}"`;
  return `${body},"check":"${sha('sha256', body).slice(0, 16)}"}\n`;
}

/** The entry is on disk by now; not to have remembered it costs only the proof that it was there. */
export function remember(path: string, { seq, hash }: Remembered): void {
  try {
    const file = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
    try {
      writeSync(file, textFor({ seq, hash }), 0);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (codeOf(error) === '') {
      throw error;
    }
  }
}
