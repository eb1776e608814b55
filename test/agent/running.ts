import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { vi } from 'vitest';
import type { Minting } from '../actions/access/credentials/minting.ts';

export interface Event {
  readonly at: string;
  readonly event: string;
  readonly duty?: string;
  readonly subject?: string;
  readonly message?: string;
}

/** `till agent`, as a process of its own. */
export interface RunningAgent {
  readonly events: readonly Event[];
  readonly output: () => string;
  /** The first such event, when it comes. */
  until(what: (event: Event) => boolean, timeout?: number): Promise<Event>;
  /** Its answer on /healthz. */
  health(): Promise<{ readonly code: number; readonly words: string }>;
  end(signal: NodeJS.Signals): Promise<number | null>;
}

export function startAgent({ estatePath, env }: Pick<Minting, 'estatePath' | 'env'>, name: string): RunningAgent {
  const child: ChildProcess = spawn(
    process.execPath,
    [resolve('bin/main.ts'), 'agent', `--estate=${estatePath}`, '--health=127.0.0.1:0'],
    { env: { ...env, POD_NAME: name }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  const events: Event[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    let rest = '';
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      const lines = `${rest}${text}`.split('\n');
      rest = lines.pop() ?? '';
      events.push(...lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Event));
    });
  }
  const until = (what: (event: Event) => boolean, timeout = 30_000) =>
    vi.waitFor(
      () => {
        const found = events.find(what);
        if (found === undefined) {
          throw new Error(`${name} has not said so yet; it said:\n${output}`);
        }
        return found;
      },
      { timeout, interval: 50 },
    );
  return {
    events,
    output: () => output,
    until,
    async health() {
      const { message = '' } = await until(({ event }) => event === 'started');
      const answer = await fetch(`http://127.0.0.1:${/\d+$/.exec(message)?.[0]}/healthz`);
      return { code: answer.status, words: (await answer.text()).trim() };
    },
    async end(signal) {
      if (child.exitCode === null && child.signalCode === null) {
        const exit = once(child, 'exit');
        child.kill(signal);
        await exit;
      }
      return child.exitCode;
    },
  };
}
