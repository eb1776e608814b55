import { appendFileSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** With TILL_DEBUG=1 the stack of an unforeseen error goes to a file of the user's own, never to the terminal. */
export function keepDetails(error: unknown): string | null {
  const { TILL_DEBUG, XDG_STATE_HOME } = process.env;
  if (TILL_DEBUG === undefined || TILL_DEBUG === '' || TILL_DEBUG === '0') {
    return null;
  }
  const folder = join(XDG_STATE_HOME || join(homedir(), '.local/state'), 'till');
  const path = join(folder, 'debug.log');
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const details = error instanceof Error ? (error.stack ?? error.message) : String(error);
    appendFileSync(path, `${new Date().toISOString()} ${details}\n`, { mode: 0o600 });
    return path;
  } catch {
    return null;
  }
}
