import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Metafile, Plugin } from 'esbuild';

// esbuild makes a chunk for every set of entries that share a module, so that what an entry loads at once comes in a dozen
// small files: 7 ms of the 45 that `till version` takes. Files that all entries share come in one chunk; so each of our
// dynamic entries is made to share the whole start.

/** Our own files that this entry loads at once, and those that it may load later. */
export function startOf(metafile: Metafile, entry: string): { readonly start: string[]; readonly later: string[] } {
  const entries = Object.entries(metafile.outputs).filter(([, { entryPoint }]) => entryPoint !== undefined);
  const first = entries.find(([, { entryPoint }]) => entryPoint === entry)?.[0];
  const loaded = new Set<string>();
  const load = (output: string) => {
    if (!loaded.has(output)) {
      loaded.add(output);
      for (const { path, kind, external } of metafile.outputs[output]?.imports ?? []) {
        if (kind === 'import-statement' && external !== true) {
          load(path);
        }
      }
    }
  };
  if (first !== undefined) {
    load(first);
  }
  const isOurs = (file: string) => /^(?:bin|commands|src|views|themes)\//.test(file);
  return {
    start: [...loaded]
      .flatMap((output) => Object.keys(metafile.outputs[output]?.inputs ?? {}))
      .filter((file) => isOurs(file) && file !== entry),
    later: entries.flatMap(([, { entryPoint = '' }]) =>
      entryPoint !== entry && isOurs(entryPoint) ? [entryPoint] : [],
    ),
  };
}

/** Lets the files of the start be shared by all that may come later. */
export function inOneChunk(root: string, { start, later }: ReturnType<typeof startOf>): Plugin {
  const entries = new Set(later.map((file) => join(root, file)));
  const shared = start.map((file) => `import ${JSON.stringify(join(root, file))};`).join('\n');
  return {
    name: 'one-chunk',
    setup({ onLoad }) {
      onLoad({ filter: /\.tsx?$/ }, async ({ path }) =>
        entries.has(path)
          ? { contents: `${await readFile(path, 'utf8')}\n${shared}\n`, loader: path.endsWith('x') ? 'tsx' : 'ts' }
          : undefined,
      );
    },
  };
}
