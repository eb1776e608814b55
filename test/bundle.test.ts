import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';
import fc from 'fast-check';
import stringWidth from 'string-width';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LazySegmenter } from '../scripts/bundle/segmenter.ts';
import { isSimple } from '../scripts/bundle/simple.ts';
import { stringWidth as fastStringWidth } from '../scripts/bundle/string-width.ts';
import { bundle } from '../scripts/bundle.ts';

/** What a scripted command must not load to say its word (design §11). */
const heavy = [
  'react',
  'react-reconciler',
  'ink',
  'yoga-layout',
  '@kubernetes/client-node',
  'pg',
  'ioredis',
  'undici',
  'execa',
  'conf',
  'yaml',
];

let metafile: Metafile;
const folder = mkdtempSync(join(tmpdir(), 'till-bundle-'));

beforeAll(async () => {
  metafile = await bundle({ entryPoints: { main: 'bin/main.ts' }, outdir: folder });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The chunks that are loaded together with this one: its static imports, and theirs. */
function loadedWith(output: string, seen = new Set<string>()): Set<string> {
  if (!seen.has(output)) {
    seen.add(output);
    for (const { path, kind } of metafile.outputs[output]?.imports ?? []) {
      if (kind === 'import-statement') {
        loadedWith(path, seen);
      }
    }
  }
  return seen;
}

/** The chunk that a source file is the entry of: what `import()` of that file loads. */
function chunkOf(source: string): string {
  const found = Object.entries(metafile.outputs).find(([, { entryPoint }]) => entryPoint === source);
  if (found === undefined) {
    throw new Error(`${source} is no entry of the bundle`);
  }
  return found[0];
}

function packagesIn(outputs: Iterable<string>): readonly string[] {
  const names = [...outputs]
    .flatMap((output) => Object.keys(metafile.outputs[output]?.inputs ?? {}))
    .map((input) => /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules)/.exec(input)?.[1])
    .filter((name) => name !== undefined);
  return [...new Set(names)].sort();
}

const commands = () =>
  Object.values(metafile.outputs)
    .map(({ entryPoint }) => entryPoint ?? '')
    .filter((source) => /^commands\/(?!index)/.test(source));

describe('the bundle', () => {
  it('was looked at: a check that sees no chunks passes for the wrong reason', () => {
    expect(commands().length).toBeGreaterThan(0);
    expect(Object.keys(metafile.outputs).length).toBeGreaterThan(2);
  });

  it('starts without any heavy package', () => {
    expect(packagesIn(loadedWith(chunkOf('bin/main.ts'))).filter((name) => heavy.includes(name))).toEqual([]);
  });

  it('loads none with any command: they come on first use', () => {
    for (const command of commands()) {
      const loaded = packagesIn(loadedWith(chunkOf(command)));
      expect({ command, heavy: loaded.filter((name) => heavy.includes(name)) }).toEqual({ command, heavy: [] });
    }
  });

  it('says its version from a chunk that holds no package at all', () => {
    expect(packagesIn(loadedWith(chunkOf('commands/version.ts')))).toEqual([]);
  });

  it('has React built for production, where it is', () => {
    const inputs = Object.keys(metafile.inputs).filter((input) => input.includes('react-reconciler'));
    expect(inputs.filter((input) => input.endsWith('.development.js'))).toEqual([]);
  });
});

describe('what stands in for a library in the bundle', () => {
  it('counts cells as string-width does, alone and in colour', () => {
    for (let code = 0; code <= 0xffff; code += 1) {
      const text = String.fromCharCode(code);
      if (isSimple(code) && stringWidth(text) !== 1) {
        expect.fail(`U+${code.toString(16)} is said to be one cell, and takes ${stringWidth(text)}`);
      }
    }
    const simple = fc.string({ unit: fc.constantFrom(...'az AZ09~é│─▁█✖▲●▸…–‖⊘?') });
    fc.assert(
      fc.property(simple, fc.constantFrom('', '\u001b[31m', '\u001b[0;1;38;5;237m'), (text, colour) => {
        expect(fastStringWidth(colour + text)).toBe(stringWidth(colour + text));
      }),
    );
  });

  it('finds the same graphemes as Intl.Segmenter', () => {
    const real = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
    const lazy = new LazySegmenter(undefined, { granularity: 'grapheme' });
    const unit = fc.constantFrom('a', ' ', 'é', '│', '✖', '…', '\u001b', '\n', 'e\u0301', '漢', '👩‍👩‍👧', '‏');
    fc.assert(
      fc.property(fc.string({ unit }), (text) => {
        expect(Array.from(lazy.segment(text), ({ segment, index }) => [segment, index])).toEqual(
          Array.from(real.segment(text), ({ segment, index }) => [segment, index]),
        );
      }),
    );
  });
});
