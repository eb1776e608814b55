import type { DatabaseLogin } from '#systems/postgres/login.ts';
import { ReadFailure } from '#systems/source.ts';
import { type Child, start } from '../child.ts';
import { catalogueCounts, countedTables, odooOf } from '../contents.ts';
import { databaseKey } from '../layout.ts';
import type { Manifest } from '../manifest.ts';
import { referencedFiles } from '../packing/referenced.ts';
import type { PostgresPrograms } from '../programs.ts';
import { type OsPipe, osPipe } from './os-pipe.ts';
import { inParts } from './parts.ts';
import { type Sealer, sealFrom } from './seal.ts';
import type { Snapshot } from './snapshot.ts';
import { type Summing, summing } from './summing.ts';
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
  /** What pg_dump may write in a second; undefined: as fast as it goes. */
  readonly bytesPerSecond: number | undefined;
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
 * themselves; between pg_dump and zstd they pass a thread of ours, which sums them and, under a budget, holds them back: measured, that
 * is cheaper than a program that copies them to one that sums them. Throws when any of it ended badly: then none of it counts.
 */
export async function dumpDatabase(snapshot: Snapshot, dumping: Dumping): Promise<Dumped> {
  const { tenant, backup, database, login, postgres, sealer, written, partSize, env } = dumping;
  const access = await login.forChildren(database, `till/${backup}`);
  const [plain, summed] = [await osPipe(), await osPipe()];
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
      ...{ stdin: 'ignore', stdout: plain.writing.fd, more: [access.passfile.fd], env: { ...env, ...access.env } },
    });
    stops.push(dump.stop);
    const sealed = sealFrom(summed.reading.fd, sealer);
    stops.push(sealed.stop);
    // Theirs alone now: so each hears when the other has ended.
    await Promise.all([plain.writing.close(), summed.reading.close()]);
    const passing = summing(plain.reading.fd, summed.writing.fd, dumping.bytesPerSecond);
    stops.push(passing.stop);
    const work = {
      summed: pour(passing, dump, summed, dumping).catch((error: unknown) => {
        throw signal.aborted ? new Echo('it was stopped with the rest') : error;
      }),
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
    await Promise.all([access.close(), plain.close(), summed.close()]);
  }
}

/** `--lock-wait-timeout`: fails cleanly instead of queueing behind a module upgrade, with everybody else behind it (facts: data-tier.md §2.1). */
function argumentsFor({ name }: Snapshot): readonly string[] {
  return ['-Fc', '-Z0', '--no-password', `--snapshot=${name}`, '--lock-wait-timeout=5s'];
}

/** Ends the seal's input only when pg_dump has ended well. */
async function pour(
  passing: Summing,
  dump: Child,
  { writing }: OsPipe,
  { onBytes }: Pick<Dumping, 'onBytes'>,
): Promise<{ readonly sha256: string; readonly dumped: number }> {
  let told = 0;
  const tell = () => {
    const passed = passing.passed();
    onBytes(passed - told);
    told = passed;
  };
  const timer = setInterval(tell, tellEveryMs);
  try {
    const { sha256, bytes } = await passing.done.catch((error: unknown) => {
      // Nobody reads any longer, and whoever that was says why.
      dump.stop();
      throw new Echo(error instanceof Error ? error.message : '');
    });
    await dump.done;
    tell();
    return { sha256, dumped: bytes };
  } finally {
    clearInterval(timer);
    await dump.done.catch(() => undefined);
    await writing.close();
  }
}

const tellEveryMs = 250;

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
