import { checkpointIn } from './checkpoint.ts';
import type { Evidence } from './evidence.ts';
import type { Finding, Remark } from './findings.ts';
import { type Entry, entryOf, hashOf, type Link, linkOf } from './line.ts';
import { LineSplitter } from './lines.ts';
import { Tree } from './merkle.ts';
import { noteIn } from './note.ts';
import { proofIn } from './tlog-proof.ts';
import { acknowledgedIn, type Verdict, verdictOn } from './verdict.ts';
import { fromNothing, type Start, Walk, type WalkReport } from './walk.ts';

/** The bytes of a ledger, a line break after each entry, in whatever pieces they come. */
export type Chunks = AsyncIterable<Buffer> | Iterable<Buffer>;

export interface Question {
  /** Read once; a second time where what comes later says how it begins. */
  readonly chunks: () => Chunks;
  /** Whose it should be; null to take the first entry's word. */
  readonly estateId: string | null;
  /** The bare chain, whatever the evidence. */
  readonly chain: boolean;
  readonly evidence: Evidence;
  /** Only a part of the ledger is here: where it begins, verification begins. */
  readonly isPart?: boolean;
  /** What the store keeps beside the chain, judged once the walk has ended. */
  readonly own?: (report: WalkReport) => readonly Finding[];
  readonly onLink?: (link: Link) => void;
  /** What the entries rest on. */
  readonly store: string;
}

export interface Verified {
  readonly verdict: Verdict;
  readonly report: WalkReport;
  readonly estateId: string | null;
  /** Entries with which somebody went on after the ledger had not held. */
  readonly acknowledged: readonly Entry[];
}

export async function verifyLog(question: Question): Promise<Verified> {
  const { chain, evidence, store } = question;
  const { start, remarks } = await startOf(question);
  const report = await walked(question, start);
  const estateId = question.estateId ?? estateIn(report.keeping) ?? estateOfNotes(evidence);
  const verdict = verdictOn({
    ...{ report, begin: start.seq, estateId: estateId ?? '', chain, evidence, store },
    ...{ own: question.own?.(report) ?? [], remarks },
  });
  return { verdict, report, estateId, acknowledged: acknowledgedIn(report.keeping) };
}

async function walked({ chunks, estateId, chain, evidence, onLink }: Question, start: Start): Promise<WalkReport> {
  const walk = new Walk({
    start,
    places: placesIn(evidence),
    hasTree: !chain,
    isGenesis: ({ params }) => estateId === null || params['estate'] === estateId,
    ...(onLink === undefined ? {} : { onLink }),
  });
  const splitter = new LineSplitter((line, offset) => walk.line(line, offset));
  for await (const chunk of chunks()) {
    splitter.push(chunk);
  }
  return walk.end(splitter.rest, splitter.offset);
}

/** Where roots and hashes will be compared. */
function placesIn({ notes, proofs }: Evidence): ReadonlySet<number> {
  const places = new Set<number>();
  for (const { note } of notes) {
    const parsed = noteIn(note);
    const checkpoint = parsed === null ? null : checkpointIn(parsed);
    places.add(checkpoint?.size ?? -1);
  }
  for (const { proof } of proofs) {
    places.add((proofIn(proof)?.index ?? -2) + 1);
  }
  return places;
}

interface Beginning {
  readonly start: Start;
  readonly remarks: readonly Remark[];
}

/** A ledger that was pruned begins where its prune record says; one that only lacks its beginning does not begin at all. */
export async function startOf(question: Pick<Question, 'chunks' | 'isPart'>): Promise<Beginning> {
  const first = await firstLink(question.chunks());
  if (first === null || first.seq === 1) {
    return { start: fromNothing, remarks: [] };
  }
  const begin = first.seq - 1;
  const told = await pruneRecord(question.chunks(), begin, first.prev);
  if (told !== null) {
    const { entry, subtrees } = told;
    const message = `verification begins after entry ${begin}: ${entry.who} took out what was before, kept as ${String(entry.params['archive'])}`;
    return { start: { seq: begin, hash: first.prev, subtrees }, remarks: [pruned(entry.seq, message)] };
  }
  if (question.isPart === true) {
    const message = `only a part is here: verification begins with entry ${first.seq}`;
    return { start: { seq: begin, hash: first.prev, subtrees: null }, remarks: [pruned(first.seq, message)] };
  }
  return { start: fromNothing, remarks: [] };
}

const pruned = (seq: number, message: string): Remark => ({ notice: 'pruned', seq, line: 1, offset: 0, message });

async function firstLink(chunks: Chunks): Promise<Link | null> {
  let first: Link | null = null;
  let lines = 0;
  const splitter = new LineSplitter((line) => {
    first = lines === 0 ? linkOf(line) : first;
    lines += 1;
  });
  for await (const chunk of chunks) {
    splitter.push(chunk);
    if (lines > 0) {
      break;
    }
  }
  return first;
}

/** The record of a prune up to this entry, whose subtrees lead to the root that it names. */
async function pruneRecord(
  chunks: Chunks,
  upTo: number,
  hash: string,
): Promise<{ readonly entry: Entry; readonly subtrees: readonly Buffer[] } | null> {
  let found: { readonly entry: Entry; readonly subtrees: readonly Buffer[] } | null = null;
  const splitter = new LineSplitter((line) => {
    const link = line.includes('"phase":"prune"') ? linkOf(line) : null;
    const entry = link !== null && hashOf(line) === link.hash ? entryOf(line, link) : null;
    if (entry?.kind !== 'ledger' || entry.phase !== 'prune') {
      return;
    }
    const { params } = entry;
    const subtrees = subtreesIn(params['range'], upTo, params['root']);
    if (params['upTo'] === upTo && params['hash'] === hash && subtrees !== null) {
      found = { entry, subtrees };
    }
  });
  for await (const chunk of chunks) {
    splitter.push(chunk);
  }
  return found;
}

function subtreesIn(range: unknown, size: number, root: unknown): readonly Buffer[] | null {
  const subtrees = Array.isArray(range) ? range.map((hash) => Buffer.from(String(hash), 'hex')) : [];
  try {
    return new Tree(size, subtrees).root().toString('hex') === root ? subtrees : null;
  } catch {
    return null;
  }
}

function estateIn(keeping: readonly Entry[]): string | null {
  const estate = keeping.find(({ phase }) => phase === 'genesis')?.params['estate'];
  return typeof estate === 'string' ? estate : null;
}

/** For a part without its first entry: the log that the evidence speaks of. */
function estateOfNotes({ notes, proofs }: Evidence): string | null {
  const texts = [...notes.map(({ note }) => noteIn(note)), ...proofs.map(({ proof }) => proofIn(proof)?.note ?? null)];
  const origins = texts.flatMap((note) => (note === null ? [] : [checkpointIn(note)?.origin ?? '']));
  return origins.map((origin) => /^till\/([^/\n]+)/.exec(origin)?.[1]).find((estate) => estate !== undefined) ?? null;
}
