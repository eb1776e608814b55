import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/** Where the sandbox of this user keeps its files. */
export function sandboxFolder(env: Environment = process.env): string {
  const state = env['XDG_STATE_HOME'] || join(homedir(), '.local/state');
  return env['TILL_SANDBOX_DIR'] || join(state, 'till/sandbox');
}

export async function makePrivateFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
}

/** A file that only its owner can read; what was there is replaced. */
export async function writePrivately(path: string, text: string): Promise<void> {
  await writeFile(path, text, { mode: 0o600 });
  await chmod(path, 0o600);
}
