import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
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

type Output = new (size: {
  width: number;
  height: number;
}) => {
  write(x: number, y: number, text: string, options: { transformers: readonly [] }): void;
  get(): { output: string };
};

let metafile: Metafile;
const folder = mkdtempSync(join(tmpdir(), 'till-bundle-'));
writeFileSync(join(folder, 'package.json'), '{"type":"module"}');

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

  it('draws rows as Ink’s own output does', async () => {
    await bundle({ entryPoints: { output: 'scripts/bundle/output.ts' }, outdir: folder });
    const { RowsOutput }: { RowsOutput: Output } = await import(pathToFileURL(join(folder, 'output.js')).href);
    const ink = fileURLToPath(new URL('output.js', import.meta.resolve('ink')));
    const { default: InkOutput }: { default: Output } = await import(pathToFileURL(ink).href);
    const unit = fc.constantFrom(
      'a',
      ' ',
      '│',
      '✖',
      '漢',
      'e\u0301',
      '\u00ad',
      '\u001b[31m',
      '\u001b[0m',
      '\u001b[1;48;5;237m',
    );
    const row = fc.string({ unit, maxLength: 30 });
    const place = fc.record({ x: fc.constantFrom(0, 0, 0, 3), y: fc.nat(5), text: row });
    const drawn = (output: InstanceType<Output>, rows: readonly { x: number; y: number; text: string }[]) => {
      for (const { x, y, text } of rows) {
        output.write(x, y, text, { transformers: [] });
      }
      return stripVTControlCharacters(output.get().output)
        .split('\n')
        .map((line) => line.trimEnd());
    };
    fc.assert(
      fc.property(fc.array(place, { maxLength: 6 }), (rows) => {
        const size = { width: 40, height: 6 };
        expect(drawn(new RowsOutput(size), rows)).toEqual(drawn(new InkOutput(size), rows));
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
        for (let place = -1; place <= text.length; place += 1) {
          expect(lazy.segment(text).containing(place)?.segment).toBe(real.segment(text).containing(place)?.segment);
        }
      }),
    );
  });
});
