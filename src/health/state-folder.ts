import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** What one run leaves for the next: last samples, last picture. Losing it loses nothing but a comparison. */
export interface StateFolder {
  /** Parsed JSON, or undefined when there is none or it can't be read. */
  read(name: string): Promise<unknown>;
  /** Whole or not at all; a full or read-only disk is no reason to fail. */
  write(name: string, value: unknown): Promise<void>;
}

/** Where an estate keeps what one run leaves for the next. */
export function stateHome(estateId: string, env: Readonly<Record<string, string | undefined>>): string {
  const base = env['XDG_STATE_HOME'] || join(env['HOME'] || homedir(), '.local/state');
  return join(base, 'till', estateId.replaceAll(/[^0-9a-zA-Z-]/g, '_'));
}

export function stateFolder(estateId: string, env: Readonly<Record<string, string | undefined>>): StateFolder {
  const folder = stateHome(estateId, env);
  return {
    async read(name) {
      try {
        return JSON.parse(await readFile(join(folder, name), 'utf8'));
      } catch {
        return undefined;
      }
    },
    async write(name, value) {
      const target = join(folder, name);
      const draft = `${target}.${process.pid}`;
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        await writeFile(draft, JSON.stringify(value), { mode: 0o600 });
        await rename(draft, target);
      } catch {
        // The next run then starts without a last picture; nothing that till promises is lost.
      }
    },
  };
}
