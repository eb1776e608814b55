import type { KnipConfig } from 'knip';

const config: KnipConfig = {
  // What esbuild is pointed at by path is imported by nobody (scripts/bundle.ts).
  entry: [
    'bin/main.ts',
    'scripts/*.{ts,mjs}',
    'scripts/bundle/*.ts',
    'test/**/*.test.{ts,tsx}',
    'test/terminal/fixtures/*.ts',
    'test/bench/*.ts',
  ],
  project: ['bin/**', 'commands/**', 'views/**', 'themes/**', 'src/**', 'test/**', 'scripts/**'],
  ignoreExportsUsedInFile: true,
  // Tried against the sandbox where somebody has it.
  ignoreBinaries: ['kubectl'],
};

export default config;
