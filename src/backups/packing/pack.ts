import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { Part } from '../manifest.ts';
import type { Budget } from '../write/budget.ts';
import { type Sealer, seal } from '../write/seal.ts';
import type { FileSource, Unfit } from './source.ts';
import { tarEnd, tarHeader, tarPadding } from './tar.ts';

export interface Member {
  readonly path: string;
  readonly size: number;
}

/** So much of a filestore lies in one pack: what is read to get one file back, and what stays when one of its files is still needed. */
export const usualPackSize = 128 * 1024 ** 2;

/** Members in the order given, in packs of about `size` bytes; a longer file is a pack by itself. */
export function inPacks(members: readonly Member[], size: number): readonly (readonly Member[])[] {
  const packs: Member[][] = [];
  let room = 0;
  for (const member of members) {
    if (packs.length === 0 || member.size > room) {
      packs.push([]);
      room = size;
    }
    packs.at(-1)?.push(member);
    room -= member.size;
  }
  return packs;
}

/** The name of a pack says all that is in it, and who can open it: the same files need not be sealed twice for the same people. */
export function packNameOf(members: readonly Member[], recipients: readonly string[], salt = ''): string {
  const sum = createHash('sha256').update(`${salt}\n${[...recipients].sort().join(' ')}\n`);
  for (const { path, size } of members) {
    sum.update(`${path}\t${size}\n`);
  }
  return sum.digest('hex');
}

/** These are not what their names say, or gone: a pack without them is to be made. */
export class Unpackable extends Error {
  readonly files: readonly Unfit[];

  constructor(files: readonly Unfit[]) {
    super(`${files.length} files could not be packed`);
    this.files = files;
  }
}

export interface Packing {
  readonly source: FileSource;
  readonly sealer: Sealer;
  readonly budget: Budget;
  readonly signal: AbortSignal;
  readonly onBytes: (bytes: number) => void;
}

/**
 * `tar → zstd → age`, handed to `upload`. The tar is made here, and not by `tar`: each file is held against its name before its bytes
 * count, and what is odd about one is told by name. Throws Unpackable, and then nothing has been uploaded.
 */
export async function writePack(
  members: readonly Member[],
  packing: Packing,
  upload: (cipher: AsyncIterable<Buffer>, signal: AbortSignal) => Promise<Part>,
): Promise<Part> {
  const failed = new AbortController();
  const signal = AbortSignal.any([packing.signal, failed.signal]);
  const sealed = seal(packing.sealer);
  const failures: unknown[] = [];
  const gone = once(sealed.into, 'close').catch(() => undefined);
  const fill = async () => {
    for await (const chunk of tarOf(members, { ...packing, signal })) {
      if (!sealed.into.writable) {
        // Its exit code says why.
        return;
      }
      if (!sealed.into.write(chunk)) {
        await Promise.race([once(sealed.into, 'drain').catch(() => undefined), gone]);
      }
    }
    sealed.into.end();
  };
  const filled = fill();
  /** The store is told of an end only when all of it was right: until then it shows nothing. */
  async function* whole(): AsyncGenerator<Buffer> {
    yield* sealed.cipher as AsyncIterable<Buffer>;
    await Promise.all([filled, sealed.done]);
  }
  try {
    const all = [filled, sealed.done, upload(whole(), signal)] as const;
    for (const one of all) {
      one.catch((error: unknown) => {
        failures.push(error);
        failed.abort();
        sealed.stop();
      });
    }
    await Promise.allSettled(all);
    packing.signal.throwIfAborted();
    if (failures.length > 0) {
      throw failures.find((error) => error instanceof Unpackable) ?? failures[0];
    }
    return await all[2];
  } finally {
    sealed.stop();
  }
}

/** Below it a file is read whole, several at a time. */
const small = 1024 ** 2;
const ahead = 8;

async function* tarOf(members: readonly Member[], packing: Packing): AsyncGenerator<Buffer> {
  const { budget, signal, onBytes } = packing;
  const unfit: Unfit[] = [];
  const loading = new Map<number, Promise<Buffer | null>>();
  for (const [index, { path, size }] of members.entries()) {
    for (let next = index; next < Math.min(index + ahead, members.length); next += 1) {
      const member = members[next];
      if (member !== undefined && member.size <= small && !loading.has(next)) {
        const load = wholeOf(member, packing);
        load.catch(() => undefined);
        loading.set(next, load);
      }
    }
    await budget(size, signal);
    if (size > small) {
      yield* largeOf({ path, size }, packing, unfit);
    } else {
      const bytes = (await loading.get(index)) ?? null;
      loading.delete(index);
      const why = bytes === null ? 'gone' : bytes.length === size && isNamed(path, bytes) ? null : 'altered';
      if (bytes === null || why !== null) {
        unfit.push({ path, why: why ?? 'gone' });
        continue;
      }
      yield Buffer.concat([tarHeader(path, size), bytes, tarPadding(size)]);
    }
    onBytes(size);
  }
  if (unfit.length > 0) {
    throw new Unpackable(unfit);
  }
  yield tarEnd;
}

/** Read twice: once to know that it is what its name says, and once to be packed. */
async function* largeOf({ path, size }: Member, { source, signal }: Packing, unfit: Unfit[]): AsyncGenerator<Buffer> {
  const look = createHash('sha1');
  let length = 0;
  const first = await source.read(path, signal);
  for await (const chunk of first ?? []) {
    look.update(chunk);
    length += chunk.length;
  }
  const second = first === null ? null : await source.read(path, signal);
  if (first === null || second === null || length !== size || look.digest('hex') !== path.slice(3)) {
    unfit.push({ path, why: first === null || second === null ? 'gone' : 'altered' });
    return;
  }
  yield tarHeader(path, size);
  const sum = createHash('sha1');
  length = 0;
  for await (const chunk of second) {
    length += chunk.length;
    if (length > size) {
      break;
    }
    sum.update(chunk);
    yield chunk;
  }
  if (length !== size || sum.digest('hex') !== path.slice(3)) {
    throw new Unpackable([...unfit, { path, why: 'altered' }]);
  }
  yield tarPadding(size);
}

async function wholeOf({ path, size }: Member, { source, signal }: Packing): Promise<Buffer | null> {
  const parts: Buffer[] = [];
  let length = 0;
  const bytes = await source.read(path, signal);
  if (bytes === null) {
    return null;
  }
  for await (const chunk of bytes) {
    parts.push(chunk);
    length += chunk.length;
    if (length > size) {
      break;
    }
  }
  return Buffer.concat(parts);
}

function isNamed(path: string, bytes: Buffer): boolean {
  return createHash('sha1').update(bytes).digest('hex') === path.slice(3);
}
