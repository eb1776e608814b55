import { hash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonical } from '#ledger/canonical.ts';
import { hashOf, linkOf, noHash, sealed } from '#ledger/chain.ts';
import { ChainWalk } from '#ledger/verifier/chain-walk.ts';
import { LineSplitter } from '#ledger/verifier/lines.ts';

/** A sound chain of these notes, as the lines of its file. */
function chainOf(notes: readonly string[]): readonly string[] {
  let prev = noHash;
  return notes.map((note, index) => {
    const link = sealed(canonical({ kind: index === 0 ? 'ledger' : 'operation', note }), index + 1, prev);
    prev = link.hash;
    return link.line;
  });
}

const fileOf = (lines: readonly string[]) => Buffer.from(lines.map((line) => `${line}\n`).join(''));

/** Read in pieces of an odd size, so that lines are cut anywhere. */
function verify(bytes: Buffer, pieceBytes = 97, isGenesis = () => true): ChainWalk {
  const walk = new ChainWalk(undefined, isGenesis);
  const splitter = new LineSplitter((line, offset) => walk.line(line, offset));
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    splitter.push(bytes.subarray(at, at + pieceBytes));
  }
  walk.end(splitter.rest, splitter.offset);
  return walk;
}

const faults = ({ findings }: ChainWalk) => findings.map(({ fault, seq }) => `${fault} ${seq}`);
const notes = fc.array(fc.string({ unit: 'grapheme' }), { minLength: 3, maxLength: 12 });
/** A chain, and two different places in it. */
const chainAndPlaces = notes.chain((all) =>
  fc.record({
    lines: fc.constant(chainOf(all)),
    place: fc.nat(all.length - 1),
    other: fc.nat(all.length - 1),
  }),
);

describe('a line', () => {
  it('is hashed as it stands: everything before the hash, and no parser between', () => {
    const [line = ''] = chainOf(['hello']);
    expect(Buffer.from(line).subarray(0, -77).toString()).toBe(line.slice(0, line.indexOf(',"sha256"')));
    expect(hash('sha256', line.slice(0, -77))).toBe(JSON.parse(line).sha256);
    expect(hashOf(Buffer.from(line))).toBe(JSON.parse(line).sha256);
  });

  it('is canonical JSON itself', () => {
    fc.assert(
      fc.property(notes, (all) => {
        for (const line of chainOf(all)) {
          expect(canonical(JSON.parse(line))).toBe(line);
        }
      }),
    );
  });

  it('tells its place whatever its entry says', () => {
    const trap = '"},"ledger":"v1","prev":"' + noHash + '","seq":9,"sha256":"' + noHash + '"}';
    const [line = ''] = chainOf([trap]);
    expect(linkOf(Buffer.from(line))?.seq).toBe(1);
  });

  it.each(['', '{}', 'x'.repeat(300), '{"entry":{}}', '\u0000'.repeat(200)])('is not %j', (text) => {
    expect(linkOf(Buffer.from(text))).toBeNull();
  });
});

describe('a chain', () => {
  it('holds when nobody touched it, however it is read', async () => {
    await fc.assert(
      fc.asyncProperty(notes, fc.integer({ min: 1, max: 5_000 }), async (all, pieceBytes) => {
        const { entries, findingsCount, last } = verify(fileOf(chainOf(all)), pieceBytes);
        expect([entries, findingsCount, last.seq]).toEqual([all.length, 0, all.length]);
      }),
    );
  });

  it('shows every change of a single byte, at the entry where it is', async () => {
    const lines = chainOf(['genesis', 'scale harbour-shoes', 'übergröße €', 'the last']);
    const sound = fileOf(lines);
    let line = 0;
    for (let at = 0; at < sound.length; at += 1) {
      const isBreak = sound[at] === 0x0a;
      for (const flip of [0x01, 0x20, 0x80, 0xff]) {
        const bytes = Buffer.from(sound);
        bytes[at] = (bytes[at] ?? 0) ^ flip;
        const { findings } = verify(bytes, 4_096);
        const [first] = findings;
        expect(first?.line, `byte ${at} of ${sound.length}`).toBe(line + 1);
        expect(first?.seq ?? 0, `byte ${at}`).toBeGreaterThan(0);
      }
      line += isBreak ? 1 : 0;
    }
  });

  it('shows bytes put in and taken out anywhere', async () => {
    await fc.assert(
      fc.asyncProperty(
        chainAndPlaces,
        fc.nat(),
        fc.uint8Array({ minLength: 1, maxLength: 3 }),
        async ({ lines }, seed, more) => {
          const sound = fileOf(lines);
          const at = seed % sound.length;
          const longer = Buffer.concat([sound.subarray(0, at), more, sound.subarray(at)]);
          expect(verify(longer).findingsCount).toBeGreaterThan(0);
          const shorter = Buffer.concat([sound.subarray(0, at), sound.subarray(at + 1)]);
          expect(verify(shorter).findingsCount).toBeGreaterThan(0);
        },
      ),
    );
  });

  it('shows entries that were swapped', async () => {
    await fc.assert(
      fc.asyncProperty(chainAndPlaces, async ({ lines, place, other }) => {
        fc.pre(place !== other);
        const swapped = [...lines];
        [swapped[place], swapped[other]] = [lines[other] ?? '', lines[place] ?? ''];
        const { findings } = verify(fileOf(swapped));
        expect(findings[0]?.line).toBe(Math.min(place, other) + 1);
      }),
    );
  });

  it('shows entries that were taken out, except the last', async () => {
    await fc.assert(
      fc.asyncProperty(chainAndPlaces, async ({ lines, place }) => {
        fc.pre(place < lines.length - 1);
        const report = verify(fileOf(lines.filter((_, index) => index !== place)));
        expect(report.findings[0]?.message).toBe(`entry ${place + 1} is missing before entry ${place + 2}`);
      }),
    );
  });

  it('shows entries that were put in: an old one again, one from elsewhere, one made to fit', async () => {
    await fc.assert(
      fc.asyncProperty(chainAndPlaces, async ({ lines, place, other }) => {
        const [mine = '', elsewhere = ''] = [lines[place], chainOf(lines.map((line) => `${line}!`))[other]];
        const made = sealed(
          canonical({ kind: 'freeze' }),
          other + 1,
          linkOf(Buffer.from(lines[other - 1] ?? ''))?.hash ?? noHash,
        );
        for (const line of [mine, elsewhere, made.line]) {
          const longer = [...lines.slice(0, other), line, ...lines.slice(other)];
          const { findings } = verify(fileOf(longer));
          expect(findings.length).toBeGreaterThan(0);
          expect(Math.abs((findings[0]?.line ?? 0) - (other + 1))).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  it('shows an entry that was changed and hashed again, at the one that follows it', async () => {
    const lines = chainOf(['one', 'two', 'three']);
    const forged = sealed(
      canonical({ kind: 'operation', note: 'TWO' }),
      2,
      linkOf(Buffer.from(lines[0] ?? ''))?.hash ?? '',
    );
    expect(faults(verify(fileOf([lines[0] ?? '', forged.line, lines[2] ?? ''])))).toEqual(['link 3']);
  });

  it('shows a beginning that is not its own', async () => {
    const lines = chainOf(['one', 'two', 'three']);
    expect(faults(verify(fileOf(lines.slice(1))))).toEqual(['gap 2', 'genesis 2']);
    const report = verify(fileOf(lines), 97, () => false);
    expect(faults(report)).toEqual(['genesis 1']);
  });

  it('shows a cut in the middle of a line; a cut between two lines it cannot show', async () => {
    await fc.assert(
      fc.asyncProperty(notes, fc.nat(), async (all, seed) => {
        const sound = fileOf(chainOf(all));
        const bytes = sound.subarray(0, 1 + (seed % (sound.length - 1)));
        const report = verify(bytes);
        const isBetween = bytes.at(-1) === 0x0a;
        expect(faults(report)).toEqual(isBetween ? [] : [`torn ${report.entries + 1}`]);
      }),
    );
  });

  it('reports one wound once, however long the chain goes on', async () => {
    const lines = chainOf(Array.from({ length: 50 }, (_, index) => `note ${index}`));
    const edited = lines.map((line, index) => (index === 20 ? line.replace('note 20', 'note 2O') : line));
    expect(faults(verify(fileOf(edited)))).toEqual(['content 21']);
    const garbage = lines.map((line, index) => (index === 20 ? 'garbage' : line));
    expect(faults(verify(fileOf(garbage)))).toEqual(['form 21']);
  });

  it('keeps the first hundred findings and counts all', async () => {
    const bytes = Buffer.from('nonsense\n'.repeat(500));
    const { findings, findingsCount } = verify(bytes);
    expect([findings.length, findingsCount]).toEqual([100, 500]);
  });
});
