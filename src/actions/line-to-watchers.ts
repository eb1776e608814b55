import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ledger } from '#ledger/ledger.ts';
import type { Told } from '#ledger/wire.ts';
import type { Clock } from '#text/clock.ts';
import { type Progress, progressPath, progressTo } from './progress.ts';

/** How often a running operation looks whether somebody said `till stop`: beside a file, and on a server. */
const [fileEveryMs, wireEveryMs] = [250, 1_000];

function stopPath(folder: string, operation: string): string {
  return join(folder, 'operations', `${operation}.stop`);
}

/** `till stop`, from whichever host where the ledger is on a server. */
export async function askToStop(operation: string, ledger: Ledger, folder: string): Promise<void> {
  await ledger.wire?.askStop(operation);
  // Where it runs on another host there may be nothing of it here yet.
  await mkdir(join(folder, 'operations'), { recursive: true, mode: 0o700 });
  await writeFile(stopPath(folder, operation), '', { mode: 0o600 });
}

export interface Line {
  readonly progress: Progress;
  /** From here on somebody's `till stop` is heard, and what is told goes out. */
  listen(): Listening;
  /** What was told last has gone out. */
  end(): Promise<void>;
}

export interface Listening {
  readonly stop: AbortSignal;
  end(): Promise<void>;
}

export interface LineOptions {
  readonly operation: string;
  /** The ledger's on this host. */
  readonly folder: string;
  readonly ledger: Ledger;
  readonly clock: Clock;
  /** A pod's log shows it too: a line of JSON for each. */
  readonly isTold: boolean;
}

/** Between a worker and whoever watches it: files beside the ledger on this host, and the ledger's server where it is on one. */
export function openLine({ operation, folder, ledger, clock, isTold }: LineOptions): Line {
  const file = progressTo(progressPath(folder, operation), () => clock.now());
  const stop = new AbortController();
  let waiting: Told | null = null;
  let sending: Promise<void> = Promise.resolve();
  const send = (): Promise<void> => {
    const told = waiting;
    waiting = null;
    if (isTold && told !== null) {
      process.stdout.write(`${JSON.stringify({ operation, ...told, at: new Date(told.at).toISOString() })}\n`);
    }
    const sent = ledger.wire?.tell(operation, told).then((asked) => {
      if (asked !== null) {
        stop.abort();
      }
    });
    // A server that is away is told again; what only says how far it is may be lost.
    sending = sending.then(() => sent?.catch(() => undefined));
    return sending;
  };
  return {
    progress: {
      tell(event) {
        file.tell(event);
        const { words, done = null, of = null, unit } = event;
        waiting = { at: clock.now(), words, done, of, ...(unit === undefined ? {} : { unit }) };
      },
    },
    listen() {
      const look = () => {
        if (existsSync(stopPath(folder, operation))) {
          stop.abort();
        }
      };
      const timers = [setInterval(look, fileEveryMs)];
      if (ledger.wire !== undefined) {
        void send();
        timers.push(setInterval(() => void send(), wireEveryMs));
      }
      return {
        stop: stop.signal,
        async end() {
          for (const timer of timers) {
            clearInterval(timer);
          }
          await sending;
        },
      };
    },
    end: send,
  };
}
