import { noEvidence } from './evidence.ts';
import { help, type Options, optionsFrom } from './options.ts';
import { chunksOf, keysIn, notesIn, packIn, proofsIn } from './read-files.ts';
import { reportLines } from './report.ts';
import { exitOf, type Verdict } from './verdict.ts';
import { type Verified, verifyLog } from './verify-log.ts';

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
  const pack = packIn(path);
  const notes = notesIn([...(pack?.notes ?? []), ...options.notes]);
  const proofs = proofsIn([...(pack?.proofs ?? []), ...options.proofs]);
  const found = await verifyLog({
    chunks: chunksOf(pack?.records ?? path),
    ...{ estateId: estate, chain, isPart: options.part || proofs.length > 0, store: 'what you were given' },
    evidence: { ...noEvidence, notes, proofs, keys: keysIn(options.keys), allowedTail },
    own: ({ entries, bytes }) =>
      (pack?.wrong ?? []).map((message) => ({ fault: 'drift', seq: 1, line: entries + 1, offset: bytes, message })),
  });
  return { ...found, verdict: withoutKeys(found.verdict, options, notes.length + proofs.length) };
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
