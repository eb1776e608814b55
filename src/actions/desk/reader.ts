import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import type { Tenant } from '#estate/estate.ts';
import type { ReadBackups } from './read-for-console.ts';
import { readerWord } from './reader-word.ts';

export interface Reader {
  read(tenants: readonly Tenant[]): Promise<ReadBackups>;
  /** What is being read is read for nobody any more. */
  close(): void;
}

/** A store that does not answer is given up after this; its own deadlines are shorter. */
const timeoutMs = 180_000;

/** Reads backups in a process of its own (bin/read-backups.ts says why). */
export function backupsReader(
  estatePath: string,
  env: Readonly<Record<string, string | undefined>>,
  entry = process.argv[1] ?? '',
): Reader {
  const leaving = new AbortController();
  return {
    async read(tenants) {
      const child = spawn(process.execPath, [...process.execArgv, entry, readerWord, estatePath], {
        stdio: ['pipe', 'pipe', 'ignore'],
        env: { ...env } as NodeJS.ProcessEnv,
        signal: AbortSignal.any([leaving.signal, AbortSignal.timeout(timeoutMs)]),
        killSignal: 'SIGKILL',
      });
      const failed = new Promise<never>((_, reject) => {
        child.on('error', (error) =>
          reject(error.name === 'AbortError' ? new Error('no answer for three minutes') : error),
        );
      });
      child.stdin.on('error', () => undefined).end(JSON.stringify(tenants));
      return answerIn(await Promise.race([text(child.stdout), failed]));
    },
    close: () => leaving.abort(),
  };
}

function answerIn(said: string): ReadBackups {
  if (said === '') {
    throw new Error('the process that reads backups ended without a word');
  }
  const answer: ReadBackups | { readonly failure: string } = JSON.parse(said);
  if ('failure' in answer) {
    throw new Error(answer.failure);
  }
  return answer;
}
