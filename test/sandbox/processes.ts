import { existsSync, readFileSync } from 'node:fs';

/** The process and all that it started, and what those started. */
export function familyOf(pid: number): readonly number[] {
  const children = textOf(`/proc/${pid}/task/${pid}/children`)
    .split(' ')
    .filter((text) => text !== '')
    .map(Number);
  return [pid, ...children.flatMap(familyOf)];
}

export function isAlive(pid: number): boolean {
  // A zombie has ended; whoever started it has only not asked yet.
  return existsSync(`/proc/${pid}`) && !/\) [ZX] /.test(textOf(`/proc/${pid}/stat`));
}

/** The folders that servers of this family keep their data in. */
export function foldersOf(pids: readonly number[]): readonly string[] {
  const paths = pids.flatMap((pid) => /\/[^\0]*\/till-[^\0/]*/.exec(textOf(`/proc/${pid}/cmdline`))?.[0] ?? []);
  return [...new Set(paths)];
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
