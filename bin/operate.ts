import { parseArgs } from 'node:util';
import { operate } from '#actions/operate.ts';
import { systemClock } from '#text/clock.ts';
import { type ExitCode, exitCodes } from '#text/till-error.ts';
import { estateAt } from './read-estate.ts';

/** The worker of one operation: started by a command or the console, it belongs to no terminal (design §4, step 6). */
export async function runWorker(args: readonly string[]): Promise<ExitCode> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      operation: { type: 'string' },
      estate: { type: 'string' },
      parent: { type: 'string' },
      job: { type: 'string' },
      timeout: { type: 'string' },
    },
  });
  // Whoever hangs up the terminal that started us means the terminal.
  process.on('SIGHUP', () => undefined);
  process.on('SIGINT', () => undefined);
  // To be told to end is `till stop`: between two steps, and with an outcome in the ledger.
  const told = new AbortController();
  process.on('SIGTERM', () => {
    process.stderr.write('told to end by SIGTERM\n');
    told.abort();
  });
  const end = await operate({
    estate: await estateAt(values.estate ?? ''),
    clock: systemClock,
    env: process.env,
    operation: values.operation ?? '',
    parent: values.parent === undefined ? null : Number(values.parent),
    job: values.job ?? null,
    timeoutMs: Number(values.timeout),
    signal: told.signal,
  });
  // What a pod leaves undone is for the next one, and a Job makes that only after one that failed.
  return end === 'left' ? exitCodes.interrupted : exitCodes.ok;
}
