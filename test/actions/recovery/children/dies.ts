// The worker of one operation, in a process of its own that kills itself with -9: `dies.ts OPERATION`, with the estate in DIES_ESTATE
// and in DIES_AT the statements (regular expressions, in order) after or before (DIES_HOW) the last of which it dies. `pg_restore`
// stands for the start of that program.
import childProcess from 'node:child_process';
import { syncBuiltinESMExports } from 'node:module';
import pg from 'pg';

const left: RegExp[] = (JSON.parse(process.env['DIES_AT'] ?? '[]') as string[]).map((text) => new RegExp(text));
const isBefore = process.env['DIES_HOW'] === 'before';

/** Whether this is the last of what is waited for. */
function isTheLast(text: string): boolean {
  if (left[0]?.test(text) !== true) {
    return false;
  }
  left.shift();
  return left.length === 0;
}

const die = () => process.kill(process.pid, 'SIGKILL');

const { query } = pg.Client.prototype;
pg.Client.prototype.query = function (this: pg.Client, ...given: unknown[]) {
  const asked = given[0] as { readonly text?: string } | string;
  const dies = isTheLast(typeof asked === 'string' ? asked : (asked.text ?? ''));
  if (dies && isBefore) {
    die();
  }
  const result = Reflect.apply(query, this, given) as Promise<unknown>;
  return dies ? result.then(die) : result;
} as typeof query;

const { spawn } = childProcess;
childProcess.spawn = ((file: string, words: readonly string[], options: object) => {
  const dies = file.endsWith('pg_restore') && words.includes('--exit-on-error') && isTheLast('pg_restore');
  const child = spawn(file, words, options);
  if (dies) {
    child.once('spawn', die);
  }
  return child;
}) as typeof spawn;
syncBuiltinESMExports();

const { operate } = await import('#actions/operate.ts');
const { systemClock } = await import('#text/clock.ts');
const estate = JSON.parse(process.env['DIES_ESTATE'] ?? '{}');
const [, , operation = ''] = process.argv;
await operate({ estate, clock: systemClock, env: process.env, operation, parent: process.ppid, timeoutMs: 60_000 });
