import { readFileSync } from 'node:fs';
import { version } from '#text/version.ts';
import { fold } from '../fold.ts';
import type { Ledger } from '../ledger.ts';
import type { Signer } from '../proof/signer.ts';
import { emptyState, type LedgerState } from '../state.ts';
import type { HeldNote } from '../verifier/evidence.ts';
import type { Verdict } from '../verifier/verdict.ts';
import { controlMap } from './control-map.ts';
import { ExceptionTable } from './exceptions.ts';
import { GrantTables } from './grants.ts';
import { manifestJson, manifestSignature } from './manifest.ts';
import { OperationTable } from './operations.ts';
import { type PackedFile, PackFolder } from './pack-folder.ts';
import { packProofs } from './proofs.ts';
import { copyRecords } from './records.ts';
import { ReviewTable } from './reviews.ts';
import { isWithin, type Span } from './span.ts';
import { runVerifier } from './verify-pack.ts';

export interface PackOrder {
  readonly ledger: Ledger;
  readonly estate: { readonly id: string; readonly name: string };
  readonly span: Span;
  readonly query: { readonly from: string | null; readonly to: string | null };
  /** Checkpoints: what anchors hold, and what was signed here. */
  readonly notes: readonly HeldNote[];
  /** Signs the manifest; null where nobody here can. */
  readonly signer: Signer | null;
  /** Public keys that the pack is verified with. */
  readonly keys: readonly string[];
  /** What verifying the whole ledger said. */
  readonly verdict: Verdict;
  readonly now: number;
  /** The verifier that needs no till: one file. */
  readonly verifier: string;
  readonly out: string;
  readonly signal: AbortSignal;
}

export interface MadePack {
  readonly path: string;
  readonly files: readonly PackedFile[];
  readonly verified: { readonly exit: number; readonly reason: string; readonly text: string };
  readonly isSigned: boolean;
}

/** An evidence pack: everything of a span, what proves it, and the program that checks that (facts: access-audit.md §6.4). */
export async function makePack(order: PackOrder): Promise<MadePack> {
  const folder = new PackFolder(order.out);
  try {
    const made = await filled(folder, order);
    order.signal.throwIfAborted();
    folder.keep();
    return made;
  } catch (error) {
    folder.drop();
    throw error;
  }
}

async function filled(folder: PackFolder, order: PackOrder): Promise<MadePack> {
  const { ledger, estate, span, keys, signer, verifier } = order;
  const told = await tables(folder, order);
  await copyRecords(ledger, span, folder.file('records.jsonl').counts());
  const proven = await packProofs(folder, order, told.samples);
  folder.file('till-verify.mjs').bytes(readFileSync(verifier));
  const command = verifyWith(signer?.vkey ?? keys[0] ?? null);
  folder.file('control-map.md').text(controlMap(command));
  const files = [...folder.files()];
  const verified = await runVerifier(folder.part, { keys, estateId: estate.id, hasProofs: proven.made > 0 });
  folder.file('verify.txt').text(verified.text);
  files.push(...folder.files());
  const json = manifestJson({
    ...{ apiVersion: 'till/v1', kind: 'EvidencePack', estate, till: version, query: order.query },
    madeAt: new Date(order.now).toISOString(),
    range: { ...span, firstAt: told.firstAt, lastAt: told.lastAt },
    checkpoint: proven.checkpoint,
    proofs: { made: proven.made, of: told.samples.length },
    verification: { reason: verified.reason, exit: verified.exit },
    ...{ signedBy: signer?.vkey ?? null, verifyWith: command, files },
  });
  folder.file('manifest.json').text(json);
  if (signer !== null) {
    folder.file('manifest.json.sig').text(manifestSignature(json, estate.id, signer));
  }
  files.push(...folder.files());
  return { path: folder.path, files, verified, isSigned: signer !== null };
}

function verifyWith(key: string | null): string {
  return `node till-verify.mjs . --key ${key === null ? 'VKEY' : `'${key}'`}`;
}

interface Told {
  readonly firstAt: string;
  readonly lastAt: string;
  /** Entries that a sample would ask for one by one: those of grants and of the policy. */
  readonly samples: readonly number[];
}

/** Folds the ledger from its beginning to the end of the span, as till itself does, and writes what came of it. */
async function tables(folder: PackFolder, { ledger, span, verdict, signal }: PackOrder): Promise<Told> {
  const state = emptyState();
  const operations = new OperationTable(span, folder);
  const exceptions = new ExceptionTable(span, folder);
  const policies = folder.file('policy-history.jsonl').counts();
  const grants = new GrantTables(span);
  const reviews = new ReviewTable();
  const samples: number[] = [];
  let [firstAt, lastAt] = ['', ''];
  for await (const entry of ledger.entries({ toSeq: span.last })) {
    signal.throwIfAborted();
    fold(state, entry);
    operations.take(entry);
    exceptions.take(entry);
    grants.take(entry, state);
    reviews.take(entry, state);
    if (entry.kind === 'policy') {
      policies.row(`${JSON.stringify(entry)}\n`);
    }
    if (isWithin(span, entry)) {
      firstAt ||= entry.at;
      lastAt = entry.at;
      if (entry.kind === 'grant' || entry.kind === 'policy') {
        samples.push(entry.seq);
      }
    }
  }
  const rows = grants.rows().map(({ grant }) => grant);
  exceptions.end(operations.end(), rows, verdict);
  grants.write(folder);
  reviews.write(folder, state satisfies LedgerState, rows);
  return { firstAt, lastAt, samples };
}
