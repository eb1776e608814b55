// One bundle with split chunks is what runs (design §11): a command's chunk holds no React, Ink or Kubernetes client.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundle } from './bundle.ts';
import { bundleVerifier } from './bundle-verifier.ts';

const root = join(import.meta.dirname, '..');

rmSync(join(root, 'dist'), { recursive: true, force: true });
const metafile = await bundle({ entryPoints: { main: 'bin/main.ts' }, outdir: 'dist' });
writeFileSync(join(root, 'dist/metafile.json'), JSON.stringify(metafile));
await bundleVerifier(join(root, 'dist/till-verify.mjs'));
