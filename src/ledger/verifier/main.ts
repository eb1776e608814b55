import { checkpointIn } from './checkpoint.ts';
import { type HeldNote, noEvidence } from './evidence.ts';
import type { Finding } from './findings.ts';
import { noteIn } from './note.ts';
import { help, type Options, optionsFrom } from './options.ts';
import { chunksOf, keysIn, notesIn, type Pack, packIn, proofsIn } from './read-files.ts';
import { reportLines } from './report.ts';
import { exitOf, type Verdict } from './verdict.ts';
import { type Verified, verifyLog } from './verify-log.ts';
import type { WalkReport } from './walk.ts';

/** What an auditor runs: reads what they were given, prints the verdict, and says it with the exit code. */
export async function main(words: readonly string[], print: (text: string) => void, complain: (text: string) => void) {
  try {
    const options = optionsFrom(words);
    if (options === 'help') {
      print(help);
      return 0;
    }
    const { verdict, acknowledged } = await verified(options);
    print(
      options.json
        ? `${JSON.stringify({ apiVersion: 'till/v1', kind: 'LedgerVerification', ...verdict }, null, 2)}\n`
        : reportLines(verdict, acknowledged)
            .map(({ text }) => `${printable(text)}\n`)
            .join(''),
    );
    return verdict.exit;
  } catch (error) {
    complain(
      `till-verify: ${printable(error instanceof Error ? error.message : String(error))}\nSee till-verify --help\n`,
    );
    return 2;
  }
}

async function verified(options: Options): Promise<Verified> {
  const { path, chain, estate, allowedTail } = options;
  const keys = keysIn(options.keys);
  const pack = packIn(path, keys);
  const range = pack?.range ?? null;
  const notes = [...notesIn(pack?.notes ?? []).filter((held) => isWithin(held, range)), ...notesIn(options.notes)];
  const proofs = proofsIn([...(pack?.proofs ?? []), ...options.proofs]);
  const found = await verifyLog({
    chunks: chunksOf(pack?.records ?? path),
    ...{ estateId: estate, chain, isPart: options.part || proofs.length > 0, store: 'what you were given' },
    evidence: { ...noEvidence, notes, proofs, keys, allowedTail },
    own: (report) => (pack === null ? [] : wrongIn(pack, report, chain)),
  });
  return { ...found, verdict: withoutKeys(found.verdict, options, notes.length + proofs.length) };
}

/** A pack may end before its checkpoint does; the proofs tie the two together. */
function isWithin({ note }: HeldNote, range: Pack['range']): boolean {
  const parsed = noteIn(note);
  const size = (parsed === null ? null : checkpointIn(parsed)?.size) ?? 0;
  return range === null || size <= range.last;
}

/** What a pack says of itself, and is not so. */
function wrongIn({ wrong, unsigned, range }: Pack, report: WalkReport, chain: boolean): readonly Finding[] {
  const { entries, bytes, last } = report;
  const place = { line: entries + 1, offset: bytes };
  const first = last.seq - entries + 1;
  const found: Finding[] = wrong.map((message) => ({ ...place, fault: 'drift', seq: 1, message }));
  if (range !== null && (range.first !== first || range.last !== last.seq)) {
    const message = `the manifest names entries ${range.first} to ${range.last}, and ${first} to ${last.seq} are here`;
    found.push({ ...place, fault: 'cut', seq: Math.min(range.last, last.seq + 1), message });
  }
  if (unsigned !== null && !chain) {
    found.push({ ...place, fault: 'key-epoch', seq: last.seq, message: unsigned });
  }
  return found;
}

/** A signature says something only to whoever has the key from somewhere else: those in what is checked prove nothing. */
function withoutKeys(verdict: Verdict, { keys, chain }: Options, held: number): Verdict {
  if (chain || keys.length > 0 || verdict.reason !== 'key-epoch' || held === 0) {
    return verdict;
  }
  return {
    ...verdict,
    ...{ reason: 'unanchored', exit: exitOf.unanchored },
    message: 'the chain holds, and no key was given to check the checkpoints with',
    next: 'ask for the public key on another way than this came on, and give it with --key',
  };
}

/** Texts from a ledger must not move the cursor of whoever reads about them. */
function printable(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/gu, '\ufffd');
}
