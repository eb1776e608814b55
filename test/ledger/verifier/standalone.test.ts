import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signedNote } from '#ledger/proof/signer.ts';
import { manifestText } from '#ledger/verifier/manifest.ts';
import { bundleVerifier } from '../../../scripts/bundle-verifier.ts';
import { begins, bytesOf, chainOf, ends, estateId, genesis, keyEntry, newSigner, noteAt, type Said } from './world.ts';

let folder = '';
let program = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'till-standalone-'));
  program = join(folder, 'till-verify.mjs');
  await bundleVerifier(program);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const signer = newSigner();
const said: readonly Said[] = [genesis, keyEntry(signer), ...[1, 2, 3, 4].flatMap((one) => [begins(one), ends(one)])];
const lines = chainOf(said);

interface Ran {
  readonly out: string;
  readonly err: string;
  readonly exit: number;
}

function run(...words: readonly string[]): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...words], { env: {}, cwd: folder }, (error, out, err) => {
      resolve({ out, err, exit: typeof error?.code === 'number' ? error.code : 0 });
    });
  });
}

async function file(name: string, content: string | Buffer): Promise<string> {
  const path = join(folder, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
  return path;
}

/** An evidence pack: records, what anchors hold, and a manifest of it all. */
async function pack(name: string, files: Readonly<Record<string, string | Buffer>>): Promise<string> {
  const listed = Object.entries(files).map(([path, content]) => ({
    path,
    sha256: createHash('sha256').update(content).digest('hex'),
  }));
  const manifest = JSON.stringify({ files: listed });
  const digest = createHash('sha256').update(manifest).digest('hex');
  const signature = signedNote(manifestText(estateId, digest), signer);
  const signed = { ...files, 'manifest.json': manifest, 'manifest.json.sig': signature };
  for (const [path, content] of Object.entries(signed)) {
    await file(join(name, path), content);
  }
  return join(folder, name);
}

describe('the verifier that an auditor runs', () => {
  it('is one file that imports nothing but Node itself', async () => {
    const text = await readFile(program, 'utf8');
    const imported = [...text.matchAll(/^\s*import\s[^'"]*['"]([^'"]+)['"]/gm)].map(([, name = '']) => name);
    expect(imported.length).toBeGreaterThan(0);
    expect(imported.filter((name) => !builtinModules.includes(name.replace(/^node:/, '')))).toEqual([]);
    expect(text).not.toMatch(/\brequire\(|\bimport\(/);
  });

  it('says in plain words what it needs and what its exit code means', async () => {
    const { out, exit } = await run('--help');
    expect(exit).toBe(0);
    expect(out).toMatch(/--key VKEY .*Ask for it on another way/s);
    expect(out.split('\n').every((line) => line.length <= 95)).toBe(true);
  });

  it.each([
    [['--frobnicate'], 'there is no --frobnicate'],
    [[], 'name the file or the pack to check'],
    [['one', 'two'], 'one file or pack at a time'],
    [['--key'], '--key needs a value'],
    [['x', '--allowed-tail', 'soon'], 'takes a number and s, m, h or d, not soon'],
    [['x', '-o', 'xml'], '-o takes json or text'],
    [['not-there.jsonl'], 'ENOENT'],
  ])('refuses %j with 2, and never passes it', async (words, message) => {
    const { err, exit } = await run(...words);
    expect([exit, err]).toEqual([2, expect.stringContaining(message)]);
  });

  it('verifies lines against a note that was taken from outside, by a key that came another way', async () => {
    const records = await file('a/ledger.jsonl', bytesOf(lines));
    const note = await file('a/10.txt', noteAt(lines, 10, signer));
    const { out, exit } = await run(records, '--key', signer.vkey, '--note', note);
    expect(exit).toBe(0);
    expect(out).toMatch(/^● verified: 10 entries hold, as .* vouches up to entry 10; nothing came after\n/);
  });

  it('passes nothing without a key, a note, or an entry; with --chain it says how little that is', async () => {
    const records = await file('b/ledger.jsonl', bytesOf(lines));
    const note = await file('b/10.txt', noteAt(lines, 10, signer));
    const keyless = await run(records, '--note', note);
    expect([keyless.exit, keyless.out]).toEqual([3, expect.stringContaining('no key was given')]);
    expect((await run(records, '--key', signer.vkey)).out).toMatch(/^✖ unanchored/);
    expect((await run(await file('b/empty', ''), '--key', signer.vkey)).out).toMatch(/^✖ empty/);
    const chain = await run(records, '--chain');
    expect([chain.exit, chain.out]).toEqual([
      0,
      expect.stringMatching(/^● chain-holds.*not proven: whether entries were cut/s),
    ]);
  });

  it('checks a pack with everything in it, and a file that the manifest names otherwise', async () => {
    const notes = [7, 10]
      .map((size) => JSON.stringify({ note: noteAt(lines, size, signer), anchor: 'vault', at: null }))
      .join('\n');
    const files = { 'records.jsonl': bytesOf(lines), 'anchors/vault.jsonl': `${notes}\n`, 'grants.csv': 'id\n' };
    const sound = await pack('sound', files);
    expect(await run(sound, '--key', signer.vkey)).toMatchObject({ exit: 0 });
    await writeFile(join(sound, 'grants.csv'), 'id\nforged\n');
    const edited = await run(sound, '--key', signer.vkey, '-o', 'json');
    expect(edited.exit).toBe(3);
    expect(JSON.parse(edited.out)).toMatchObject({
      reason: 'tampered',
      message: 'grants.csv is not what the manifest names',
    });
    await writeFile(join(sound, 'grants.csv'), 'id\n');
    await writeFile(join(sound, 'more.csv'), 'id\n');
    expect((await run(sound, '--key', signer.vkey)).out).toContain('more.csv is not in the manifest');
  });

  it('shows what a ledger says without obeying it', async () => {
    const trap = chainOf([...said, { ...ends(9), operation: '\u001b[2J\u202e' }]);
    const { out } = await run(await file('c/ledger.jsonl', bytesOf(trap)), '--chain');
    expect(out).toContain('tells of operation');
    expect(out).not.toMatch(/[\u001b\u202e]/);
  });
});
