import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import type { DatabaseLogin } from '#systems/postgres/login.ts';
import { ReadFailure } from '#systems/source.ts';
import { type Child, start } from '../child.ts';
import { catalogueCounts, countedTables, odooOf } from '../contents.ts';
import { databaseKey } from '../layout.ts';
import type { Manifest } from '../manifest.ts';
import { referencedFiles } from '../packing/referenced.ts';
import type { PostgresPrograms } from '../programs.ts';
import type { Budget } from './budget.ts';
import { inParts } from './parts.ts';
import { outputOf, type Sealer, seal } from './seal.ts';
import type { Snapshot } from './snapshot.ts';
import type { Written } from './written.ts';

export interface Dumping {
  readonly tenant: string;
  /** The operation's id, which is the backup's. */
  readonly backup: string;
  readonly database: string;
  readonly login: DatabaseLogin;
  readonly postgres: Pick<PostgresPrograms, 'pgDump'>;
  readonly sealer: Sealer;
  readonly written: Written;
  readonly budget: Budget;
  readonly partSize: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  /** Told of bytes that pg_dump has written. */
  readonly onBytes: (bytes: number) => void;
}

export interface Dumped {
  readonly database: Manifest['database'];
  readonly odoo: Pick<Manifest['odoo'], 'series' | 'modules'>;
  /** Files that `ir_attachment` names (filestore/referenced.ts). */
  readonly referenced: ReadonlySet<string>;
}

/**
 * `pg_dump --snapshot → zstd → age → parts in the store`, while the same snapshot is counted. Between zstd and age the bytes go by
 * themselves; between pg_dump and zstd they pass through here, where they are summed and, under a budget, held back: measured, that
 * is cheaper than a program that copies them to one that sums them. Throws when any of it ended badly: then none of it counts.
 */
export async function dumpDatabase(snapshot: Snapshot, dumping: Dumping): Promise<Dumped> {
  const { tenant, backup, database, login, postgres, sealer, written, partSize, env } = dumping;
  const access = await login.forChildren(database, `till/${backup}`);
  const ended = new AbortController();
  const signal = AbortSignal.any([dumping.signal, snapshot.lost, ended.signal]);
  const stops: (() => void)[] = [];
  const stop = () => {
    for (const one of stops) {
      one();
    }
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    signal.throwIfAborted();
    const dump = start(postgres.pgDump.path, argumentsFor(snapshot), {
      ...{ stdin: 'ignore', stdout: 'pipe', more: [access.passfile.fd], env: { ...env, ...access.env } },
    });
    stops.push(dump.stop);
    const sealed = seal(sealer);
    stops.push(sealed.stop);
    const work = {
      summed: pour(outputOf(dump, 'pg_dump'), sealed.into, dump, { ...dumping, signal }),
      ended: sealed.done,
      stored: inParts(sealed.cipher, partSize, (part, number) =>
        written.upload(databaseKey(tenant, backup, number), part, { signal, expected: partSize }),
      ),
      counted: counted(snapshot),
    };
    const all = [work.summed, work.ended, work.stored, work.counted] as const;
    const failures: unknown[] = [];
    for (const one of all) {
      one.catch((error: unknown) => {
        failures.push(error);
        ended.abort();
      });
    }
    await Promise.allSettled(all);
    dumping.signal.throwIfAborted();
    // What stopped the others is the one that failed first.
    const [failure] = [...failures.filter((error) => !isEcho(error)), ...failures];
    if (failure !== undefined || snapshot.lost.aborted) {
      throw isEcho(failure ?? new Echo())
        ? new ReadFailure('unreachable', `${login.server} ended the session that held the snapshot of ${database}`)
        : failure;
    }
    const [{ sha256, dumped }, , parts, { counts, tables, odoo, referenced }] = await Promise.all(all);
    return {
      database: {
        ...{ name: database, server: login.server, dumpVersion: postgres.pgDump.version, format: 'custom' },
        ...{ ...snapshot.database, ...counts, sha256, dumped, parts: [...parts], counted: [...tables] },
      },
      ...{ odoo, referenced },
    };
  } finally {
    signal.removeEventListener('abort', stop);
    stop();
    await access.close();
  }
}

/** `--lock-wait-timeout`: fails cleanly instead of queueing behind a module upgrade, with everybody else behind it (facts: data-tier.md §2.1). */
function argumentsFor({ name }: Snapshot): readonly string[] {
  return ['-Fc', '-Z0', '--no-password', `--snapshot=${name}`, '--lock-wait-timeout=5s'];
}

/** All of the dump into the seal, summed. Ends the seal's input only when pg_dump has ended well. */
async function pour(
  source: Readable,
  into: Writable,
  dump: Child,
  { budget, signal, onBytes }: Pick<Dumping, 'budget' | 'signal' | 'onBytes'>,
): Promise<{ readonly sha256: string; readonly dumped: number }> {
  const sum = createHash('sha256');
  const gone = once(into, 'close').catch(() => undefined);
  let dumped = 0;
  try {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      await budget(chunk.length, signal);
      sum.update(chunk);
      dumped += chunk.length;
      onBytes(chunk.length);
      if (!into.writable) {
        throw new Echo('what seals the dump has ended early');
      }
      if (!into.write(chunk)) {
        await Promise.race([once(into, 'drain').catch(() => undefined), gone]);
      }
    }
  } catch (error) {
    dump.stop();
    await dump.done.catch(() => undefined);
    throw error;
  }
  await dump.done.catch((error: unknown) => {
    throw signal.aborted ? new Echo('it was stopped with the rest') : error;
  });
  into.end();
  return { sha256: sum.digest('hex'), dumped };
}

/** A failure that follows from another one, which is the one to be told. */
class Echo extends Error {}

function isEcho(error: unknown): boolean {
  return error instanceof Echo || (error instanceof Error && error.name === 'AbortError');
}

async function counted({ read }: Snapshot) {
  return {
    counts: await catalogueCounts(read),
    tables: await countedTables(read),
    odoo: await odooOf(read),
    referenced: await referencedFiles(read),
  };
}
