import { execFile } from 'node:child_process';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { signedNote } from '#ledger/proof/signer.ts';
import { checkpointText } from '#ledger/verifier/checkpoint.ts';
import { linkOf } from '#ledger/verifier/line.ts';
import { LineSplitter } from '#ledger/verifier/lines.ts';
import { Tree } from '#ledger/verifier/merkle.ts';
import { chunksOf } from '#ledger/verifier/read-files.ts';
import { bundleVerifier } from '../../scripts/bundle-verifier.ts';
import { estateId, newSigner, origin } from '../ledger/verifier/world.ts';
import { against, median, type Ratio, round } from './ratio.ts';

/** What a process used, helpers for its garbage included, as its last word. */
const tell = `process.on('exit', () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  process.stderr.write(JSON.stringify({ cpuMs: (userCPUTime + systemCPUTime) / 1000, mib: maxRSS / 1024 }));
});`;

/** A process that hashes the same bytes and does nothing else: what is left is our work. */
const raw = `${tell} const { createHash } = require('node:crypto'); const fs = require('node:fs');
const hash = createHash('sha256'); const file = fs.openSync(process.argv[1], 'r'); const memory = Buffer.alloc(262144);
for (let read; (read = fs.readSync(file, memory)) > 0; ) hash.update(memory.subarray(0, read)); hash.digest();`;

/**
 * The verifier as an auditor runs it, to a checkpoint, beside SHA-256 over the same bytes, each a process from its start. The
 * aim is 100,000 entries a second on one core in under 150 MB; on a machine that others use too, CPU time says what wall time cannot.
 */
export async function measureVerifying(path: string, entries: number): Promise<readonly Ratio[]> {
  const folder = await mkdtemp(join(tmpdir(), 'till-bench-verify-'));
  try {
    const program = join(folder, 'till-verify.mjs');
    await bundleVerifier(program);
    const signer = newSigner();
    const note = join(folder, 'note.txt');
    await writeFile(note, signedNote(checkpointText({ origin, size: entries, root: rootOf(path) }), signer));
    const words = [path, '--key', signer.vkey, '--note', note, '--estate', estateId];
    const wrapped = join(folder, 'measured.mjs');
    await writeFile(wrapped, `${tell}\nprocess.argv.splice(1, 1);\nawait import('./till-verify.mjs');\n`);
    const ours: Used[] = [];
    const theirs: Used[] = [];
    for (let turn = 0; turn < 3; turn += 1) {
      ours.push(await used([wrapped, 'till-verify', ...words]));
      theirs.push(await used(['-e', raw, path]));
    }
    const [verify, hash] = [median(ours.map(({ cpuMs }) => cpuMs)), median(theirs.map(({ cpuMs }) => cpuMs))];
    const each = `${round((await stat(path)).size / entries)} bytes each`;
    const per100k = (verify / entries) * 100_000;
    const rate = `${Math.round((entries * 1_000) / verify)} entries per second, ${each}`;
    const mib = Math.max(...ours.map((one) => one.mib));
    return [
      against(`ledger: CPU to verify ${entries} entries`, 'SHA-256 of the bytes', { ours: verify, theirs: hash }, 12),
      against('ledger: CPU to verify 100000 entries', 'a second', { ours: per100k, theirs: 1_000 }, 1, rate),
      {
        ...{ name: 'ledger: memory to verify', ours: round(mib), baseline: 'aim', theirs: 150, unit: 'MiB' },
        ...{ ratio: round(mib / 150), aim: '≤ 1', met: mib <= 150 },
      },
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Used {
  readonly cpuMs: number;
  readonly mib: number;
}

function used(args: readonly string[]): Promise<Used> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, (error, out, err) => {
      if (error === null) {
        resolve(JSON.parse(err));
      } else {
        reject(new Error(`measured a ledger that does not verify: ${out}${err}`));
      }
    });
  });
}

function rootOf(path: string): Buffer {
  const tree = new Tree();
  const splitter = new LineSplitter((line) => tree.append(Buffer.from(linkOf(line)?.hash ?? '', 'hex')));
  for (const chunk of chunksOf(path)()) {
    splitter.push(chunk);
  }
  return tree.root();
}
