import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { storedNames } from './attachments.ts';
import { type Child, start } from './child.ts';
import { each } from './each.ts';
import { filePattern, filesOf } from './filestore-index.ts';
import { packName } from './layout.ts';
import type { BackupProof, Manifest, Part } from './manifest.ts';
import { partsOf } from './manifest-file.ts';
import { openSealed, type Sealing } from './open-sealed.ts';
import type { PostgresPrograms } from './programs.ts';
import { readTar } from './tar-members.ts';

type Check = BackupProof['checks'][number];

export interface ReadBackOptions extends Sealing {
  readonly postgres: Pick<PostgresPrograms, 'pgRestore'>;
  /** Packs that are opened at a time, beside the dump. */
  readonly packsAtATime?: number;
  /** Bytes of the store that have been read, of all that will be. */
  readonly onProgress?: (done: number, of: number) => void;
}

/** A file of an index that a manifest promises. */
interface Promised {
  readonly size: number;
  readonly pack: string;
}

/**
 * Reads a whole backup back: every part's sum, decrypted and decompressed; the dump read to its end by `pg_restore`; every member of
 * every pack against the index, by size and by the SHA-1 that is its name; the index against what `ir_attachment` of the dump names.
 * One check for each, all of them made: a second thing that is wrong is not hidden by the first. What a store does not answer is thrown.
 */
export async function readBack(manifest: Manifest, options: ReadBackOptions): Promise<readonly Check[]> {
  const all = partsOf(manifest).reduce((sum, { size }) => sum + size, 0);
  let done = 0;
  const sealing: Sealing = {
    ...options,
    onBytes: (bytes) => {
      done += bytes;
      options.onProgress?.(done, all);
    },
  };
  const { filestore, configuration } = manifest;
  const [dump, index, settings] = await Promise.all([
    readDump(manifest, sealing, options.postgres),
    filestore === null ? null : readIndex(filestore.index, filestore, sealing),
    configuration === null ? null : checked('configuration', sealing, () => readConfiguration(configuration, sealing)),
  ]);
  const packs =
    filestore === null || index === null || index.files === null
      ? []
      : await readPacks(filestore.packs, index.files, sealing, options.packsAtATime ?? 2);
  return [
    dump.check,
    ...(settings === null ? [] : [settings]),
    ...(index === null ? [notDone('filestore', 'the backup has none')] : [index.check]),
    ...packs,
    ...(index === null || index.files === null
      ? []
      : [attachmentsCheck(dump.names, index.files, filestore?.missing ?? [])]),
  ];
}

/** Writes the dump into two readers at once: one reads all of it to nowhere, one prints the rows of `ir_attachment`. */
async function readDump(
  { database }: Manifest,
  sealing: Sealing,
  { pgRestore }: Pick<PostgresPrograms, 'pgRestore'>,
): Promise<{ readonly check: Check; readonly names: ReadonlySet<string> | null }> {
  if (database.format !== 'custom') {
    return { check: notDone('database', 'a dump in directory format is only proven by a restore'), names: null };
  }
  const key = database.parts[0]?.key ?? '';
  let names: ReadonlySet<string> | null = null;
  const check = await checked('database', sealing, async () => {
    const whole = start(pgRestore.path, ['-f', '/dev/null'], { stdin: 'pipe', stdout: 'ignore' });
    const rows = start(pgRestore.path, ['--data-only', '--table=ir_attachment', '-f', '-'], {
      ...{ stdin: 'pipe', stdout: 'pipe' },
    });
    try {
      const named = storedNames(rows.process.stdout as AsyncIterable<Buffer>, key);
      named.catch(() => rows.stop());
      const plain = openSealed(sealing, database.parts, { size: database.dumped, sha256: database.sha256 });
      await pour(plain, [whole, rows]);
      await Promise.all([whole.done, rows.done]);
      names = await named;
    } finally {
      whole.stop();
      rows.stop();
    }
    return `${database.dumped} bytes in ${database.parts.length} parts, read to their end by pg_restore`;
  });
  return { check, names };
}

async function pour(source: Readable, children: readonly Child[]): Promise<void> {
  const sinks = children.flatMap(({ process }) => process.stdin ?? []);
  const gone = sinks.map((sink) => once(sink, 'close').catch(() => undefined));
  for await (const chunk of source as AsyncIterable<Buffer>) {
    await Promise.all(sinks.map((sink, index) => write(sink, chunk, gone[index] ?? Promise.resolve())));
  }
  for (const sink of sinks) {
    sink.end();
  }
}

async function write(sink: Writable, chunk: Buffer, gone: Promise<unknown>): Promise<void> {
  // A reader that has ended said why by its exit code; the others go on.
  if (sink.writable && !sink.write(chunk)) {
    await Promise.race([once(sink, 'drain').catch(() => undefined), gone]);
  }
}

async function readIndex(
  part: Part,
  { files, size }: { readonly files: number; readonly size: number },
  sealing: Sealing,
): Promise<{ readonly check: Check; readonly files: ReadonlyMap<string, Promised> | null }> {
  const found = new Map<string, Promised>();
  const check = await checked('index', sealing, async () => {
    let bytes = 0;
    for await (const file of filesOf(part.key, openSealed(sealing, [part]) as AsyncIterable<Buffer>)) {
      if (found.has(file.path)) {
        throw new Error(`${part.key} names ${file.path} twice`);
      }
      found.set(file.path, file);
      bytes += file.size;
    }
    if (found.size !== files || bytes !== size) {
      throw new Error(`${part.key} names ${found.size} files of ${bytes} bytes; the manifest says ${files} of ${size}`);
    }
    return `${found.size} files`;
  });
  return { check, files: check.status === 'ok' ? found : null };
}

async function readPacks(
  packs: readonly Part[],
  files: ReadonlyMap<string, Promised>,
  sealing: Sealing,
  atATime: number,
): Promise<readonly Check[]> {
  const byPack = new Map<string, Map<string, number>>();
  for (const [path, { pack, size }] of files) {
    const held = byPack.get(pack) ?? new Map<string, number>();
    byPack.set(pack, held.set(path, size));
  }
  const checks = await each(packs, atATime, (pack) => {
    const wanted = byPack.get(packName(pack.key) ?? '') ?? new Map<string, number>();
    return checked('pack', sealing, () => readPack(pack, wanted, sealing));
  });
  const named = new Set(packs.map(({ key }) => packName(key)));
  const lost = [...byPack].filter(([pack]) => !named.has(pack));
  const failed = checks.filter(({ status }) => status === 'failed');
  if (lost.length > 0) {
    failed.push({
      check: 'pack',
      status: 'failed',
      message: `${lost.length} packs of the index are not in the manifest`,
    });
  }
  // Thousands of packs that are right are one line.
  return failed.length > 0
    ? failed
    : [{ check: 'packs', status: 'ok', message: `${packs.length} packs, each file by its SHA-1` }];
}

/** A pack may hold more than this backup needs; what it needs must be there, as long as it was, and be what its name says. */
async function readPack(pack: Part, wanted: Map<string, number>, sealing: Sealing): Promise<string> {
  const left = new Map(wanted);
  let name = '';
  let length = 0;
  let sum = createHash('sha1');
  await readTar(openSealed(sealing, [pack]) as AsyncIterable<Buffer>, {
    begin(path, size) {
      [name, length, sum] = [path.replace(/^\.\//, ''), size, createHash('sha1')];
    },
    take: (bytes) => void sum.update(bytes),
    end() {
      const promised = left.get(name);
      if (filePattern.test(name) && sum.digest('hex') !== name.slice(3)) {
        throw new Error(`${pack.key}: the bytes of ${name} are not those of its name`);
      }
      if (promised !== undefined && promised !== length) {
        throw new Error(`${pack.key}: ${name} has ${length} of ${promised} bytes`);
      }
      left.delete(name);
    },
  });
  const [first] = left.keys();
  if (first !== undefined) {
    throw new Error(`${pack.key}: ${left.size} files of the index are not in it, such as ${first}`);
  }
  return `${wanted.size} files`;
}

async function readConfiguration(part: Part, sealing: Sealing): Promise<string> {
  const parts: Buffer[] = [];
  for await (const chunk of openSealed(sealing, [part]) as AsyncIterable<Buffer>) {
    parts.push(chunk);
  }
  JSON.parse(Buffer.concat(parts).toString('utf8'));
  return 'JSON';
}

function attachmentsCheck(
  names: ReadonlySet<string> | null,
  files: ReadonlyMap<string, Promised>,
  missing: readonly string[],
): Check {
  if (names === null) {
    return notDone('attachments', 'the dump names no files: it could not be read, or has no ir_attachment');
  }
  const known = new Set(missing);
  const lost = [...names].filter((name) => !files.has(name) && !known.has(name));
  return lost.length === 0
    ? {
        check: 'attachments',
        status: 'ok',
        message: `${names.size} files of ir_attachment, ${known.size} missing when it was made`,
      }
    : {
        check: 'attachments',
        status: 'failed',
        message: `${lost.length} files of ir_attachment are not in the index, such as ${lost[0]}`,
      };
}

async function checked(check: string, { signal }: Sealing, work: () => Promise<string>): Promise<Check> {
  try {
    return { check, status: 'ok', message: await work() };
  } catch (error) {
    signal?.throwIfAborted();
    if (isNoAnswer(error)) {
      throw error;
    }
    return { check, status: 'failed', message: error instanceof Error ? error.message : String(error) };
  }
}

/** A store that is away, a program that is missing: nothing is known of the backup then. */
function isNoAnswer(error: unknown): boolean {
  return error instanceof Error && ['ReadFailure', 'TillError'].includes(error.name);
}

function notDone(check: string, message: string): Check {
  return { check, status: 'not-done', message };
}
