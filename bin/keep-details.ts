/** With TILL_DEBUG=1 the stack of an unforeseen error goes to a file of the user's own, never to the terminal. */
export function keepDetails(error: unknown): string | null {
  const { TILL_DEBUG, XDG_STATE_HOME } = process.env;
  if (TILL_DEBUG === undefined || TILL_DEBUG === '' || TILL_DEBUG === '0') {
    return null;
  }
  // Fetched here, so that a run in which nothing goes wrong does not load them.
  const { appendFileSync, mkdirSync } = process.getBuiltinModule('node:fs');
  const { homedir } = process.getBuiltinModule('node:os');
  const { join } = process.getBuiltinModule('node:path');
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
