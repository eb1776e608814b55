import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openLedger } from '#actions/context.ts';
import type { Command, Invocation } from '#grammar/command.ts';
import { printOne } from '#grammar/output.ts';
import { usageError } from '#grammar/usage-error.ts';
import { heldBy } from '#ledger/anchors/anchor-checkpoint.ts';
import { type Proven, proofsOf } from '#ledger/proof/inclusion.ts';
import { readLastSigned } from '#ledger/proof/last-signed.ts';
import { exitCodes } from '#text/till-error.ts';
import { openAnchors, proofFolders } from './auditing/anchors.ts';
import { entriesNamed } from './auditing/entries-named.ts';
import { sayRead } from './auditing/filter.ts';

export const command: Command = {
  name: 'audit prove',
  summary: 'Prove to somebody that one entry is in the ledger, without showing the others',
  group: 'read',
  examples: [
    { line: 'till audit prove 12 > 12.tlog-proof', note: 'a proof that till-verify checks, with the entry beside it' },
    {
      line: 'till audit prove 01JD… --out proofs',
      note: "every entry of an operation: the entry's line and its proof",
    },
  ],
  arguments: [
    { name: 'ENTRY', required: true, summary: "its number or id, an operation's id, or the beginning of one" },
  ],
  flags: [
    { name: 'out', value: 'FOLDER', summary: 'write lines and proofs there, two files an entry', environment: false },
  ],
  exits: [
    { code: exitCodes.ok, when: 'proven' },
    { code: exitCodes.checkFalse, when: 'no checkpoint covers it, or the ledger is not what the checkpoint says' },
  ],
  async run(invocation) {
    const { io } = invocation;
    const [text = ''] = invocation.arguments;
    const out = invocation.value('out');
    const estate = await invocation.estate();
    const ledger = openLedger(estate, io.clock, io.env);
    try {
      const entries = await entriesNamed(text, ledger);
      if (entries.length > 1 && out === undefined) {
        throw usageError(`that is ${entries.length} entries`, command, '--out FOLDER, or the number of one entry');
      }
      await sayRead('audit prove', {}, ledger, invocation);
      const last = readLastSigned(proofFolders(estate, io.env).signed);
      const own = last === null ? [] : [{ note: last.note, anchor: 'signed here', at: last.at }];
      const held = await heldBy(await openAnchors(estate, invocation), estate.id);
      const seqs = entries.map(({ seq }) => seq);
      const proven = await proofsOf(seqs, ledger, estate.id, [...held.notes, ...own]);
      await (out === undefined
        ? printed(proven, invocation)
        : written(proven, out, await linesOf(seqs, ledger), invocation));
      return exitCodes.ok;
    } finally {
      await ledger.close();
    }
  },
};

async function printed(proven: readonly Proven[], invocation: Invocation): Promise<void> {
  const [one] = proven;
  const { seq = 0, size = 0, proof = '' } = one ?? {};
  await printOne(invocation, {
    kind: 'LedgerProof',
    fields: { seq, size, proof },
    name: String(seq),
    text: () => proof,
  });
}

async function written(
  proven: readonly Proven[],
  folder: string,
  lines: ReadonlyMap<number, Buffer>,
  invocation: Invocation,
): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const { seq, proof } of proven) {
    await writeFile(join(folder, `${seq}.tlog-proof`), proof, { mode: 0o600 });
    await writeFile(join(folder, `${seq}.jsonl`), `${lines.get(seq)?.toString('utf8')}\n`, { mode: 0o600 });
  }
  const [one] = proven;
  invocation.io.err(
    `wrote ${proven.length === 1 ? '1 proof' : `${proven.length} proofs`} to ${folder}; ` +
      `till-verify ${folder}/${one?.seq}.jsonl --proof ${folder}/${one?.seq}.tlog-proof --key … checks one\n`,
  );
}

/** As they stand: what was hashed is these bytes. */
async function linesOf(
  seqs: readonly number[],
  ledger: Parameters<typeof proofsOf>[1],
): Promise<ReadonlyMap<number, Buffer>> {
  const [{ LineSplitter }, { linkOf }] = await Promise.all([
    import('#ledger/verifier/lines.ts'),
    import('#ledger/verifier/line.ts'),
  ]);
  const wanted = new Set(seqs);
  const found = new Map<number, Buffer>();
  const splitter = new LineSplitter((line) => {
    const seq = linkOf(line)?.seq ?? 0;
    if (wanted.has(seq)) {
      found.set(seq, Buffer.from(line));
    }
  });
  for await (const chunk of ledger.bytes(null)) {
    splitter.push(chunk);
  }
  return found;
}
