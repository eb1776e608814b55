// One bundle with split chunks is what runs (design §11): a command's chunk holds no React, Ink or Kubernetes client.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..');

rmSync(join(root, 'dist'), { recursive: true, force: true });
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: { main: 'bin/main.ts' },
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  minify: true,
  keepNames: true,
  metafile: true,
  legalComments: 'none',
  chunkNames: 'chunks/[name]-[hash]',
  define: { 'process.env.NODE_ENV': '"production"' },
  banner: {
    js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
  },
  // Ink asks for its development tools only when DEV=true; the bundle carries an empty stand-in.
  alias: { 'react-devtools-core': './scripts/empty.ts' },
  logLevel: 'warning',
});
writeFileSync(join(root, 'dist/metafile.json'), JSON.stringify(metafile));
