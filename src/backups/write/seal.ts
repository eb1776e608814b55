import type { Readable, Writable } from 'node:stream';
import { type Child, ProgramFailure, start } from '../child.ts';
import type { Sealing } from '../open-sealed.ts';

/** Who may open what is sealed, and with which programs it is. */
export interface Sealer {
  readonly programs: Sealing['programs'];
  /** age recipients: public keys. The identity that opens it need not be here. */
  readonly recipients: readonly string[];
}

/** One stream being sealed: what is written into `into` comes out of `cipher`. */
export interface Seal {
  readonly into: Writable;
  readonly cipher: Readable;
  /** Resolves when both programs have ended with 0. A truncated input gives a cipher that looks whole: nothing counts before this. */
  readonly done: Promise<void>;
  stop(): void;
}

/** `zstd -1 | age -r …`: the fastest that still makes a third of a dump (facts: data-tier.md §2.1). */
export function seal({ programs, recipients }: Sealer): Seal {
  const zstd = start(programs.zstd.path, ['-q', '-1', '-c'], { stdin: 'pipe', stdout: 'pipe' });
  const between = outputOf(zstd, 'zstd');
  const age = start(
    programs.age.path,
    recipients.flatMap((recipient) => ['-r', recipient]),
    { stdin: between, stdout: 'pipe' },
  );
  const into = zstd.process.stdin;
  if (into === null) {
    throw new ProgramFailure('zstd', -1, null, 'it could not be started');
  }
  const done = bothEnded(zstd, age);
  done.catch(() => undefined);
  return {
    into,
    cipher: outputOf(age, 'age'),
    done,
    stop() {
      zstd.stop();
      age.stop();
    },
  };
}

/** When age has failed, zstd only says that nobody reads any longer. */
async function bothEnded(zstd: Child, age: Child): Promise<void> {
  const ends = await Promise.allSettled([age.done, zstd.done]);
  const failed = ends.find((end) => end.status === 'rejected');
  if (failed !== undefined) {
    throw failed.reason;
  }
}

export function outputOf({ process }: Child, name: string): Readable {
  if (process.stdout === null) {
    throw new ProgramFailure(name, -1, null, 'it could not be started');
  }
  return process.stdout;
}
