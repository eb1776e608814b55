import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Child, ProgramFailure, start } from '../child.ts';
import type { Part } from '../manifest.ts';
import type { Sealing } from '../open-sealed.ts';

/** Who may open what is sealed, and with which programs it is. */
export interface Sealer {
  readonly programs: Sealing['programs'];
  /** age recipients: public keys. The identity that opens it need not be here. */
  readonly recipients: readonly string[];
}

/** One stream being sealed: what goes in comes out of `cipher`. */
export interface Sealed {
  readonly cipher: Readable;
  /** Resolves when both programs have ended with 0 and the cipher was read to its end. A truncated input gives a cipher that looks whole: nothing counts before this. */
  readonly done: Promise<void>;
  stop(): void;
}

export interface Seal extends Sealed {
  /** What is written into it is sealed. */
  readonly into: Writable;
}

export function seal(sealer: Sealer): Seal {
  const { zstd, ...sealed } = chain(sealer, 'pipe');
  const into = zstd.process.stdin;
  if (into === null) {
    throw new ProgramFailure('zstd', -1, null, 'it could not be started');
  }
  return { ...sealed, into };
}

/** Seals what comes from a descriptor. */
export function sealFrom(descriptor: number, sealer: Sealer): Sealed {
  return chain(sealer, descriptor);
}

/** `zstd -1 | age -r …`: the fastest that still makes a third of a dump (facts: data-tier.md §2.1). */
function chain({ programs, recipients }: Sealer, stdin: 'pipe' | number): Sealed & { readonly zstd: Child } {
  const zstd = start(programs.zstd.path, ['-q', '-1', '-c'], { stdin, stdout: 'pipe' });
  const age = start(
    programs.age.path,
    recipients.flatMap((recipient) => ['-r', recipient]),
    { stdin: stdoutOf(zstd, 'zstd'), stdout: 'pipe' },
  );
  const done = bothEnded(zstd, age);
  done.catch(() => undefined);
  const cipher = outputOf(age, 'age').on('error', () => undefined);
  return {
    ...{ zstd, cipher, done },
    stop() {
      zstd.stop();
      age.stop();
      // A child has only ended once its output has: what nobody reads any longer is not waited for.
      cipher.destroy();
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

/** Something small, sealed and uploaded. Throws when any of it ended badly. */
export async function sealedPart(
  plain: Readable,
  sealer: Sealer,
  signal: AbortSignal,
  upload: (cipher: Readable) => Promise<Part>,
): Promise<Part> {
  const sealed = seal(sealer);
  const stop = () => sealed.stop();
  signal.addEventListener('abort', stop, { once: true });
  try {
    signal.throwIfAborted();
    const part = upload(sealed.cipher);
    // All of them have ended before anybody takes away what one of them wrote.
    const ends = await Promise.allSettled([sealed.done, pipeline(plain, sealed.into), part]);
    signal.throwIfAborted();
    const failed = ends.find((end) => end.status === 'rejected');
    if (failed !== undefined) {
      throw failed.reason;
    }
    return await part;
  } finally {
    signal.removeEventListener('abort', stop);
    sealed.stop();
  }
}

/**
 * What a child writes, for us to read whenever we come to it. Node throws away what nobody has touched until its child ends, so that an
 * upload that begins a moment later would store nothing; a listener keeps it. It is to be read with `for await`: nothing flows by `pipe`.
 */
export function outputOf(child: Child, name: string): Readable {
  return stdoutOf(child, name).on('readable', () => undefined);
}

function stdoutOf({ process }: Child, name: string): Readable {
  if (process.stdout === null) {
    throw new ProgramFailure(name, -1, null, 'it could not be started');
  }
  return process.stdout;
}
