// How a bundle of ours is made: for the program itself, and for the small programs that tests drive in a terminal.
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';
import { commonJsNames } from './bundle/commonjs.ts';
import { inOneChunk, startOf } from './bundle/one-chunk.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const here = fileURLToPath(new URL('bundle/', import.meta.url));

/** Yoga's loader prefers `fetch('data:…')`, whose first call costs 43–55 ms (facts: terminal.md §2.2). */
const yogaWithoutFetch: Plugin = {
  name: 'yoga-without-fetch',
  setup({ onLoad, onEnd }) {
    let reached = false;
    let matched = false;
    onLoad({ filter: /yoga-wasm-base64-esm\.js$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const patched = source.replaceAll('"function"!=typeof fetch', '!0');
      reached = true;
      matched = patched !== source;
      return { contents: patched, loader: 'js' };
    });
    onEnd(() =>
      reached && !matched
        ? {
            errors: [{ text: 'The patch of yoga-layout matched nothing: its loader has changed (scripts/bundle.ts).' }],
          }
        : {},
    );
  },
};

/** Everybody in the bundle gets our string-width; ours gets the real one. */
const fastStringWidth: Plugin = {
  name: 'fast-string-width',
  setup({ onResolve, onLoad, resolve }) {
    onResolve({ filter: /^string-width$/ }, ({ pluginData }) =>
      pluginData === 'real' ? undefined : { path: 'string-width', namespace: 'fast' },
    );
    onLoad({ filter: /.*/, namespace: 'fast' }, () => ({
      contents: `export { stringWidth as default } from './string-width.ts';`,
      resolveDir: here,
    }));
    onResolve({ filter: /^till:string-width$/ }, ({ resolveDir, kind }) =>
      resolve('string-width', { resolveDir, kind, pluginData: 'real' }),
    );
  },
};

/** Ink's renderer gets our Output; ours gets Ink's where it needs it. The build fails when nobody asked for it any more. */
const rowsOutput: Plugin = {
  name: 'rows-output',
  setup({ onResolve, onLoad, onEnd, resolve }) {
    let hasInk = false;
    let asked = false;
    onLoad({ filter: /ink\/build\/renderer\.js$/ }, () => {
      hasInk = true;
      return undefined;
    });
    onResolve({ filter: /^\.\/output\.js$/ }, ({ importer, resolveDir }) => {
      if (!/ink\/build\/renderer\.js$/.test(importer)) {
        return undefined;
      }
      asked = true;
      return { path: 'output', namespace: 'rows', pluginData: resolveDir };
    });
    onLoad({ filter: /.*/, namespace: 'rows' }, () => ({
      contents: `export { RowsOutput as default } from './output.ts';`,
      resolveDir: here,
    }));
    onResolve({ filter: /^till:ink-output$/ }, async ({ resolveDir, kind }) => {
      const ink = await resolve('ink', { resolveDir, kind });
      return { path: join(dirname(ink.path), 'output.js') };
    });
    onEnd(() =>
      hasInk && !asked
        ? { errors: [{ text: 'Ink’s renderer no longer imports ./output.js: see rows-output in scripts/bundle.ts.' }] }
        : {},
    );
  },
};

/** Ink asks for its development tools only when DEV=true, and no package of ours brings them. */
const noDevelopmentTools: Plugin = {
  name: 'no-development-tools',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^react-devtools-core$/ }, ({ path }) => ({ path, namespace: 'absent' }));
    onLoad({ filter: /.*/, namespace: 'absent' }, () => ({ contents: 'export default {};' }));
  },
};

export interface Bundle {
  readonly entryPoints: Readonly<Record<string, string>>;
  readonly outdir: string;
  readonly minify?: boolean;
}

/** Bundles with split chunks (design §11), and returns what went into which. */
export async function bundle({ entryPoints, outdir, minify = true }: Bundle): Promise<Metafile> {
  const plugins = [commonJsNames, yogaWithoutFetch, fastStringWidth, rowsOutput, noDevelopmentTools];
  const options = {
    absWorkingDir: root,
    entryPoints: { ...entryPoints },
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    minify,
    keepNames: true,
    metafile: true,
    legalComments: 'none',
    chunkNames: 'chunks/[name]-[hash]',
    define: { 'process.env.NODE_ENV': '"production"', 'Intl.Segmenter': 'LazySegmenter' },
    inject: ['./scripts/bundle/segmenter.ts'],
    banner: {
      js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
    },
    plugins,
    logLevel: 'warning',
  } as const satisfies BuildOptions & { readonly plugins: unknown };
  const [entry] = Object.values(entryPoints);
  const { metafile } = await build({ ...options, write: false });
  return entry === undefined
    ? metafile
    : (await build({ ...options, plugins: [...plugins, inOneChunk(root, startOf(metafile, entry))] })).metafile;
}
