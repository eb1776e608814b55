// The verifier in one file that imports nothing but Node itself: an auditor may run it where till is not.
import { join } from 'node:path';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..');

/** Not minified: whoever relies on it may want to read it. */
export async function bundleVerifier(outfile: string): Promise<void> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ['src/ledger/verifier/till-verify.ts'],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node18',
    metafile: true,
    legalComments: 'none',
    banner: { js: '#!/usr/bin/env node\n// till-verify: checks a till ledger without till. See --help. Apache-2.0.' },
    logLevel: 'warning',
  });
  const foreign = Object.keys(metafile.inputs).filter((path) => !path.startsWith('src/ledger/verifier/'));
  if (foreign.length > 0) {
    throw new Error(`the verifier must stand alone, and imports ${foreign.join(', ')}`);
  }
}
