import { setPriority } from 'node:os';
import { text } from 'node:stream/consumers';
import { readForConsole } from '#actions/desk/read-for-console.ts';
import { type ExitCode, exitCodes } from '#text/till-error.ts';
import { estateAt } from './read-estate.ts';

/**
 * Reads the backups for a console that asks on stdin and hears on stdout. A process of its own: thousands of manifests are
 * seconds of parsing and a gigabyte for a moment, and a key is answered at once all the same. The terminal is not its own,
 * and it ends with whoever asked.
 */
export async function runReader([estate = '']: readonly string[]): Promise<ExitCode> {
  process.on('SIGINT', () => undefined);
  setPriority(10);
  const tenants = JSON.parse(await text(process.stdin));
  const answer = await read(estate, tenants).catch((error: unknown) => ({
    failure: error instanceof Error ? error.message : String(error),
  }));
  const written = Promise.withResolvers<void>();
  process.stdout.on('error', () => process.exit(exitCodes.failed));
  process.stdout.write(JSON.stringify(answer), () => written.resolve());
  await written.promise;
  return exitCodes.ok;
}

async function read(estate: string, tenants: Parameters<typeof readForConsole>[1]) {
  return await readForConsole(await estateAt(estate), tenants, process.env);
}
