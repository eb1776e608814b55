import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canonical } from '#ledger/canonical.ts';
import { main } from '#ledger/verifier/main.ts';
import type { Verification } from '#ledger/verify.ts';
import { bundleVerifier } from '../../../scripts/bundle-verifier.ts';
import {
  begins,
  bytesOf,
  chainOf,
  ends,
  estateId,
  type Form,
  faultsOf,
  genesis,
  held,
  keyEntry,
  newSigner,
  noteAt,
  type Said,
  verified,
} from './world.ts';

const signer = newSigner();
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'till-verifier-'));
  await bundleVerifier(join(folder, 'till-verify.mjs'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A ledger that somebody may tamper with, and what an anchor outside saw of it. */
interface World {
  readonly said: readonly Said[];
  readonly form: Form;
  readonly lines: readonly string[];
  /** Entries up to here are anchored; some come after. */
  readonly anchored: number;
  readonly note: string;
  /** Places to tamper with: `inside` is anchored, and not the first two. */
  readonly inside: number;
  readonly seed: number;
}

const words = fc.string({ unit: 'grapheme', maxLength: 30 });
const worlds: fc.Arbitrary<World> = fc
  .record({
    reasons: fc.array(words, { minLength: 3, maxLength: 12 }),
    form: fc.constantFrom<Form>('v1', 'v2'),
    places: fc.tuple(fc.nat(), fc.nat(), fc.nat()),
  })
  .map(({ reasons, form, places: [one, two, seed] }) => {
    const operations = reasons.flatMap((reason, number) => [
      { ...begins(number), reason },
      { ...ends(number), reason },
    ]);
    const said = [genesis, keyEntry(signer), ...operations];
    const lines = chainOf(said, form);
    const anchored = 5 + (one % (lines.length - 5));
    const inside = 3 + (two % (anchored - 3));
    return { said, form, lines, anchored, note: noteAt(lines, anchored, signer), inside, seed };
  });

type Tampered = readonly string[];
const put = <T>(items: readonly T[], place: number, item: T) => items.map((old, at) => (at === place - 1 ? item : old));
const changed = (said: Said): Said => ({ ...said, reason: `${said.reason ?? ''}!` });

/** What somebody may do to a ledger, and what must be found first (facts: access-audit.md §2.7). `null`: nothing can be found. */
const mutations: Readonly<Record<string, (world: World) => readonly [Tampered, string | null]>> = {
  'an edited entry': ({ lines, inside }) => [
    put(lines, inside, (lines[inside - 1] ?? '').replace('"kind":"operation"', '"kind":"operatiom"')),
    `content ${inside}`,
  ],
  'an edited byte of a hash': ({ lines, inside }) => [
    put(
      lines,
      inside,
      (lines[inside - 1] ?? '').replace(/(?<="sha256":")./, (digit) => (digit === '0' ? '1' : '0')),
    ),
    `content ${inside}`,
  ],
  'an entry that was edited and hashed again': ({ said, lines, form, inside }) => {
    const forged = chainOf([changed(said[inside - 1] ?? {})], form, lines.slice(0, inside - 1)).at(-1) ?? '';
    return [put(lines, inside, forged), `link ${inside + 1}`];
  },
  'an entry taken out': ({ lines, inside }) => [lines.filter((_, at) => at !== inside - 1), `gap ${inside + 1}`],
  'two entries swapped': ({ lines, inside }) => {
    const [one = '', other = ''] = [lines[inside - 1], lines[inside]];
    return [put(put(lines, inside, other), inside + 1, one), `gap ${inside + 1}`];
  },
  'an entry put in': ({ said, lines, form, inside }) => {
    const made = chainOf([changed(said[2] ?? {})], form, lines.slice(0, inside)).at(-1) ?? '';
    return [[...lines.slice(0, inside), made, ...lines.slice(inside)], `order ${inside + 1}`];
  },
  'an old entry again': ({ lines, inside }) => [
    [...lines.slice(0, inside), lines[inside - 1] ?? '', ...lines.slice(inside)],
    `order ${inside}`,
  ],
  'an end cut off past the checkpoint': ({ lines, anchored, inside }) => [
    lines.slice(0, inside - 1),
    `truncated ${anchored}`,
  ],
  'everything written anew from one entry on': ({ said, form, lines, anchored, inside }) => [
    chainOf(put(said, inside, changed(said[inside - 1] ?? {})).slice(inside - 1), form, lines.slice(0, inside - 1)),
    `rewritten ${anchored}`,
  ],
  'an end cut off after the last checkpoint': ({ lines, anchored, seed }) => [
    lines.slice(0, anchored + (seed % (lines.length - anchored + 1))),
    null,
  ],
  'everything written anew after the last checkpoint': ({ said, form, lines, anchored }) => [
    chainOf(said.slice(anchored).map(changed), form, lines.slice(0, anchored)),
    null,
  ],
};

/** Everything else that checks a ledger knows each line by its parts. This one parses, and follows the definitions. */
function holdsByDefinition(lines: readonly string[], { anchored, lines: original }: World): boolean {
  let prev = '0'.repeat(64);
  for (const [at, line] of lines.entries()) {
    try {
      const { sha256, ...rest } = JSON.parse(line);
      const bytes = canonical(rest).slice(0, -1);
      const isOurs =
        createHash('sha256').update(bytes).digest('hex') === sha256 && canonical(JSON.parse(line)) === line;
      if (!isOurs || rest.seq !== at + 1 || rest.prev !== prev) {
        return false;
      }
      prev = sha256;
    } catch {
      return false;
    }
  }
  // What was anchored is there as it was: that is all that a root says.
  return lines.length >= anchored && lines.slice(0, anchored).every((line, at) => line === original[at]);
}

async function standalone(lines: Tampered, { note }: World) {
  const records = join(folder, 'records.jsonl');
  await writeFile(records, bytesOf(lines));
  await writeFile(join(folder, 'note.txt'), note);
  return [records, '--key', signer.vkey, '--note', join(folder, 'note.txt'), '--estate', estateId, '-o', 'json'];
}

const told = ({ reason, exit, firstBad, lastGood, findings, entries }: Verification) => ({
  ...{ reason, exit, firstBad, lastGood, entries },
  findings: findings.map(({ fault, seq, line, offset, message }) => ({ fault, seq, line, offset, message })),
});
/** Where notes come from has another name in each. */
const alike = (text: string) =>
  text.replaceAll(join(folder, 'note.txt'), 'vault').replaceAll('what you were given', 'this database');

describe.each(Object.entries(mutations))('%s', (_, mutation) => {
  it('is found by both verifiers, with the right code, and by the definitions', async () => {
    await fc.assert(
      fc.asyncProperty(worlds, async (world) => {
        const [lines, expected] = mutation(world);
        const verification = await verified(lines, { notes: [held(world.note)], keys: [signer.vkey] });
        let output = '';
        const exit = await main(await standalone(lines, world), (text) => (output = text), expect.fail);
        expect(told(JSON.parse(alike(output)))).toEqual(told(verification));
        expect(exit).toBe(verification.exit);
        if (expected === null) {
          expect(verification).toMatchObject({
            reason: 'verified',
            exit: 0,
            tail: { entries: lines.length - world.anchored },
          });
        } else {
          expect([faultsOf(verification)[0], verification.exit]).toEqual([expected, 3]);
        }
        expect(holdsByDefinition(lines, world)).toBe(expected === null);
      }),
      { numRuns: 40 },
    );
  });

  it('is found by the one file that an auditor runs', async () => {
    const [world] = fc.sample(worlds, 1);
    const [lines, expected] = mutation(world ?? expect.fail());
    const words = await standalone(lines, world ?? expect.fail());
    const { stdout, code } = await ran(words);
    expect(code).toBe(expected === null ? 0 : 3);
    const [found] = JSON.parse(stdout).findings;
    expect(found === undefined ? null : `${found.fault} ${found.seq}`).toBe(expected);
  });
});

describe('a ledger that nobody touched', () => {
  it('is verified by both, however long and in either form', async () => {
    await fc.assert(
      fc.asyncProperty(worlds, async (world) => {
        const verification = await verified(world.lines, { notes: [held(world.note)] });
        expect(verification).toMatchObject({
          reason: 'verified',
          exit: 0,
          findings: [],
          anchored: { seq: world.anchored },
        });
        expect(holdsByDefinition(world.lines, world)).toBe(true);
      }),
    );
  });

  it('is not verified with any one byte of it changed, before the last checkpoint', async () => {
    const [world] = fc.sample(worlds, 1);
    const { lines, anchored, note } = world ?? expect.fail();
    const bytes = bytesOf(lines);
    const end = bytesOf(lines.slice(0, anchored)).length;
    for (let at = 0; at < end; at += 7) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 0x01;
      const verification = await verified(changed, { notes: [held(note)], keys: [signer.vkey] });
      expect(verification.exit, `byte ${at}`).toBe(3);
    }
  });
});

function ran(words: readonly string[]): Promise<{ readonly stdout: string; readonly code: number }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [join(folder, 'till-verify.mjs'), ...words], (error, stdout) => {
      resolve({ stdout, code: typeof error?.code === 'number' ? error.code : 0 });
    });
  });
}
