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

const form = /^\{"seq": *(?<seq>\d+),"sha256":"(?<hash>[0-9a-f]{64})"\}\n$/;

export function readRemembered(path: string): Remembered | null {
  const { seq, hash } = form.exec(textOf(path) ?? '')?.groups ?? {};
  return hash === undefined ? null : { seq: Number(seq), hash };
}

/** The entry is on disk by now; not to have remembered it costs only the proof that it was there. */
export function remember(path: string, { seq, hash }: Remembered): void {
  try {
    const file = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
    try {
      writeSync(file, `{"seq":${String(seq).padStart(16)},"sha256":"${hash}"}\n`, 0);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (codeOf(error) === '') {
      throw error;
    }
  }
}
