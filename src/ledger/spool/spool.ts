import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '#text/clock.ts';
import type { Stamp } from '../body.ts';
import { CriticalSection } from '../critical-section.ts';
import { close, openToRead } from '../disk.ts';
import type { EntryBody, LedgerEntry } from '../entry.ts';
import type { Identity } from '../identity.ts';
import { Leases } from '../leases.ts';
import { LedgerFile, type Page } from '../ledger-file.ts';
import { oldestFirst } from '../query.ts';
import type { Recollection } from './recollection.ts';

export interface SpoolOptions {
  /** What this host keeps beside the shared ledger. */
  readonly folder: string;
  readonly estateId: string;
  readonly clock: Clock;
  readonly identity: Identity;
  readonly recollection: Recollection;
  readonly stamp: () => Stamp;
}

/**
 * A chain of its own on this host, for while the shared ledger is away: each entry is on disk before anything is done. Evidence
 * only as far as this host is trusted, which its first entry says by naming it (facts: access-audit.md §3.2).
 */
export class Spool {
  readonly #options: SpoolOptions;
  readonly #folder: string;

  constructor(options: SpoolOptions) {
    this.#options = options;
    this.#folder = join(options.folder, 'spool');
  }

  get isEmpty(): boolean {
    return !existsSync(join(this.#folder, 'ledger.jsonl'));
  }

  async entries(): Promise<readonly LedgerEntry[]> {
    const file = openToRead(join(this.#folder, 'ledger.jsonl'));
    try {
      const found: LedgerEntry[] = [];
      for await (const entry of file === null ? [] : oldestFirst(file, {}, {})) {
        found.push(entry);
      }
      return found;
    } finally {
      close(file);
    }
  }

  add(body: EntryBody): Promise<LedgerEntry> {
    return this.#writing((page) => page.add(body));
  }

  /** Nobody spools meanwhile. When `take` has taken every entry, the chain is put aside whole and a next one may begin. */
  async emptied(take: (entries: readonly LedgerEntry[]) => Promise<void>): Promise<void> {
    await this.#writing(async (page) => {
      const { seq, hash } = page.head();
      const entries = await this.entries();
      // With nothing in it, it was begun by us alone, who waited while another emptied it.
      const isBare = entries.every(({ kind }) => kind === 'ledger');
      if (!isBare) {
        await take(entries);
      }
      // What is remembered of its end goes first: a chain that is shorter than remembered is a broken one.
      rmSync(join(this.#folder, 'last.json'), { force: true });
      const path = join(this.#folder, 'ledger.jsonl');
      if (isBare) {
        rmSync(path);
      } else {
        renameSync(path, join(this.#options.folder, `spool-${seq}-${hash.slice(0, 12)}.jsonl`));
      }
    });
  }

  async #writing<T>(work: (page: Page) => Promise<T>): Promise<T> {
    const { estateId, identity, clock, stamp, recollection } = this.#options;
    const last = recollection.read();
    const desk = new CriticalSection({
      ...{ folder: this.#folder, estateId, identity, clock, stamp, lockWaitMs: 10_000 },
      file: new LedgerFile(this.#folder, Number.POSITIVE_INFINITY),
      leases: new Leases({ folder: this.#folder, clock, identity }),
      origin: () => ({
        spool: true,
        boot: identity.boot,
        after: last === null ? null : { seq: last.seq, hash: last.hash },
      }),
    });
    try {
      return await desk.writing(work);
    } finally {
      await desk.close();
    }
  }
}
