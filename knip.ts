import type { KnipConfig } from 'knip';

const config: KnipConfig = {
  // What esbuild is pointed at by path is imported by nobody (scripts/bundle.ts).
  entry: [
    'bin/main.ts',
    'scripts/*.{ts,mjs}',
    'scripts/bundle/*.ts',
    'src/ledger/verifier/till-verify.ts',
    'test/**/*.test.{ts,tsx}',
    'test/terminal/fixtures/*.ts',
    'test/**/children/*.ts',
    'test/bench/*.ts',
  ],
  project: ['bin/**', 'commands/**', 'views/**', 'themes/**', 'src/**', 'test/**', 'scripts/**'],
  ignoreExportsUsedInFile: true,
  // Tested against where it is installed; never needed.
  ignoreBinaries: ['kubectl'],
};

export default config;
