import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Account } from './account.ts';

/**
 * A server that cannot outlive us. A small shell stands between: it holds the read end of a pipe whose other end only
 * we have, and stops the server when the pipe ends, which also happens when we are killed with -9. It is in a session
 * of its own, so that Ctrl-C on the terminal reaches us and not the server. Then it removes the server's folder.
 */
const guardScript = `
signal=$1; folder=$2; shift 2
exec 3<&0
"$@" 3<&- </dev/null &
server=$!
(
  read -r _ <&3
  kill -s "$signal" $server
  n=0
  while kill -0 $server && [ $n -lt 100 ]; do sleep 0.1; n=$((n + 1)); done
  kill -s KILL $server
) >/dev/null 2>&1 &
watch=$!
exec 3<&-
wait $server
code=$?
kill $watch 2>/dev/null
rm -rf "$folder"
exit $code
`;

export interface Guarded {
  /** The guard's process id; the server is its child. */
  readonly pid: number;
  /** Settles when the server has ended and its folder is gone. */
  readonly ended: Promise<void>;
  readonly hasEnded: boolean;
  /** The newest lines that the server wrote, oldest first. */
  readonly lastLines: readonly string[];
  /** Resolves true at the first line that matches, false when the server ends first. */
  says(pattern: RegExp): Promise<boolean>;
  stop(): Promise<void>;
}

export function guarded(options: {
  readonly command: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly account: Account | null;
  /** Removed when the server has ended. */
  readonly folder: string;
  readonly stopSignal: 'INT' | 'TERM' | 'QUIT';
}): Guarded {
  const { command, env, account, folder, stopSignal } = options;
  const child = spawn('/bin/sh', ['-c', guardScript, 'till-guard', stopSignal, folder, ...command], {
    cwd: '/',
    env,
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(account === null ? {} : { uid: account.uid, gid: account.gid }),
  });
  return watched(child);
}

const linesKept = 60;

function watched(child: ChildProcess): Guarded {
  const lines: string[] = [];
  const listeners = new Set<(line: string) => void>();
  let hasEnded = false;
  for (const stream of [child.stdout, child.stderr]) {
    if (stream !== null) {
      createInterface({ input: stream }).on('line', (line) => {
        lines.push(line);
        lines.splice(0, lines.length - linesKept);
        for (const listener of listeners) {
          listener(line);
        }
      });
    }
  }
  // Writing to a guard that has just ended is no news: `ended` tells.
  child.stdin?.on('error', () => undefined);
  const ended = new Promise<void>((resolve) => {
    const end = () => {
      hasEnded = true;
      child.stdin?.destroy();
      resolve();
    };
    child.once('close', end);
    child.once('error', (error) => {
      lines.push(error.message);
      end();
    });
  });
  return {
    pid: child.pid ?? -1,
    ended,
    lastLines: lines,
    get hasEnded() {
      return hasEnded;
    },
    says: (pattern) =>
      new Promise((resolve) => {
        const settle = (said: boolean) => {
          listeners.delete(listener);
          resolve(said);
        };
        const listener = (line: string) => pattern.test(line) && settle(true);
        listeners.add(listener);
        if (lines.some((line) => pattern.test(line))) {
          settle(true);
        }
        ended.then(() => settle(false));
      }),
    stop: async () => {
      child.stdin?.end();
      await ended;
    },
  };
}
