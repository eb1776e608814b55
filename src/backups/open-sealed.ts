import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { Readable, type Writable } from 'node:stream';
import { ReadFailure } from '#systems/source.ts';
import type { ObjectReader } from '#systems/storage/store.ts';
import { type Child, ProgramFailure, start } from './child.ts';
import { identityArguments, identityFile } from './identity.ts';
import type { Part } from './manifest.ts';
import { DamagedBackup } from './manifest-file.ts';
import { type Program, program } from './programs.ts';

export interface Sealing {
  readonly store: ObjectReader;
  /** The age identity that opens them, as its file has it. */
  readonly identity: string;
  readonly programs: { readonly age: Program; readonly zstd: Program };
  readonly signal?: AbortSignal | undefined;
  /** Told of bytes that came from the store. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

/** What the plain bytes must be, where the manifest knows. */
export interface Expected {
  readonly size: number;
  readonly sha256: string;
}

export async function sealingPrograms(env: Readonly<Record<string, string | undefined>>): Promise<Sealing['programs']> {
  const [age, zstd] = await Promise.all([program('age', env), program('zstd', env)]);
  return { age, zstd };
}

/**
 * What was sealed into these parts, one after the other: parts → SHA-256 → `age -d` → `zstd -d`. The stream ends only when every part's
 * size and sum, both programs and (where `expected`) the whole are right, and breaks with the reason otherwise: what has come before is
 * to be thrown away. DamagedBackup names the part.
 */
export function openSealed(sealing: Sealing, parts: readonly Part[], expected: Expected | null = null): Readable {
  return Readable.from(plainOf(sealing, parts, expected), { objectMode: false, highWaterMark: 1024 ** 2 });
}

async function* plainOf(sealing: Sealing, parts: readonly Part[], expected: Expected | null): AsyncGenerator<Buffer> {
  const { programs, signal } = sealing;
  signal?.throwIfAborted();
  const stop = new AbortController();
  const halt = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  const identity = await identityFile(sealing.identity);
  const children: Child[] = [];
  try {
    const age = start(programs.age.path, ['-d', ...identityArguments], {
      ...{ stdin: 'pipe', stdout: 'pipe' },
      more: [identity.fd],
    });
    const zstd = start(programs.zstd.path, ['-d', '-q', '-c'], { stdin: 'pipe', stdout: 'pipe' });
    children.push(age, zstd);
    const [into, between, last, out] = [age.process.stdin, age.process.stdout, zstd.process.stdin, zstd.process.stdout];
    if (into === null || between === null || last === null || out === null) {
      throw new ProgramFailure('age', -1, null, 'it could not be started');
    }
    const abort = () => stopAll(children);
    halt.addEventListener('abort', abort, { once: true });
    between.pipe(last);
    const feeding = feed(into, parts, { ...sealing, signal: halt });
    // Without an end age would wait for ever; what it makes of a torn one is not believed.
    feeding.catch(() => into.destroy());
    const sum = createHash('sha256');
    let size = 0;
    try {
      for await (const chunk of out as AsyncIterable<Buffer>) {
        size += chunk.length;
        if (expected !== null) {
          sum.update(chunk);
        }
        yield chunk;
      }
      const wrongs = await Promise.allSettled([feeding, age.done, zstd.done]);
      signal?.throwIfAborted();
      // In this order: a damaged part is why age stops, and that is why zstd does.
      const [wrong] = wrongs.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
      if (wrong !== undefined) {
        throw inWords(wrong, parts[0]?.key ?? '');
      }
      if (expected !== null && (size !== expected.size || sum.digest('hex') !== expected.sha256)) {
        const words =
          size === expected.size
            ? 'its bytes are others than were sealed'
            : `it holds ${size} of ${expected.size} bytes`;
        throw new DamagedBackup(parts[0]?.key ?? '', `opened, ${words}`);
      }
    } finally {
      halt.removeEventListener('abort', abort);
      out.on('error', () => undefined).destroy();
    }
  } finally {
    stop.abort();
    stopAll(children);
    await Promise.allSettled(children.map(({ done }) => done));
    await identity.close();
  }
}

function stopAll(children: readonly Child[]): void {
  for (const child of children) {
    child.stop();
  }
}

/** Writes the parts into `age`. When it has ended early, the rest of the part is read all the same: its sum says why. */
export async function feed(into: Writable, parts: readonly Part[], { store, signal, onBytes }: Sealing): Promise<void> {
  const closed = once(into, 'close').catch(() => undefined);
  for (const part of parts) {
    const sum = createHash('sha256');
    let size = 0;
    for await (const chunk of (await store.read(part.key, undefined, signal)) as AsyncIterable<Buffer>) {
      size += chunk.length;
      sum.update(chunk);
      onBytes?.(chunk.length);
      if (size > part.size) {
        break;
      }
      if (into.writable && !into.write(chunk)) {
        await Promise.race([once(into, 'drain').catch(() => undefined), closed]);
      }
    }
    if (size !== part.size) {
      throw new DamagedBackup(part.key, `it holds ${size > part.size ? 'more than' : `${size} of`} ${part.size} bytes`);
    }
    if (sum.digest('hex') !== part.sha256) {
      throw new DamagedBackup(part.key, 'its bytes are others than the manifest says');
    }
    if (!into.writable) {
      // It has ended by itself, and its exit code says why.
      return;
    }
  }
  into.end();
}

export function inWords(error: unknown, key: string): unknown {
  if (error instanceof ReadFailure && error.reason === 'not-probed') {
    return new DamagedBackup(key, error.message);
  }
  if (!(error instanceof ProgramFailure)) {
    return error;
  }
  if (/no identity matched/.test(error.message)) {
    return new DamagedBackup(
      key,
      'it is sealed for other recipients: the identity of the estate does not open it',
      true,
    );
  }
  return new DamagedBackup(key, `it could not be opened: ${error.message}`);
}
